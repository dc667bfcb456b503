import type { ActiveSession } from '../../accounts/accounts.js'

export interface ConfirmationText {
  text: string
  kind: 'login' | 'e-mail address' | 'name' | 'word'
}

/** What a user types to delete their account: their login, address or name, or else a fixed word. */
export function confirmationText({ login, email, name }: ActiveSession['user']): ConfirmationText {
  const candidates = { login, 'e-mail address': email, name } as const
  for (const kind of ['login', 'e-mail address', 'name'] as const) {
    const text = candidates[kind]
    if (text && normalize(text)) return { text, kind }
  }
  return { text: 'DELETE', kind: 'word' }
}

/** Case, white space and invisible characters are ignored. */
export const isConfirmationText = (user: ActiveSession['user'], typed: string | undefined): boolean =>
  normalize(typed ?? '') === normalize(confirmationText(user).text)

const normalize = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
