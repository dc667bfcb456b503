import type { ActiveSession } from '../../accounts/accounts.js'

export interface ConfirmationText {
  word: string
  /** What it is to the person. */
  what: 'login' | 'e-mail address' | 'name' | 'word'
}

/** What a person types to delete their account: what they go by here. */
export function confirmationText({ login, email, name }: ActiveSession['user']): ConfirmationText {
  const candidates = { login, 'e-mail address': email, name } as const
  for (const what of ['login', 'e-mail address', 'name'] as const) {
    const word = candidates[what]
    if (word && normalize(word)) return { word, what }
  }
  return { word: 'DELETE', what: 'word' }
}

/** Case, blanks and marks that nobody can see or type are nothing. */
export const isConfirmationText = (user: ActiveSession['user'], typed: string | undefined): boolean =>
  normalize(typed ?? '') === normalize(confirmationText(user).word)

const normalize = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
