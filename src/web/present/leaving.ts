import type { LiveSession } from '../../accounts/live-session.js'

export interface LeavingWord {
  word: string
  /** What it is to the person. */
  what: 'login' | 'e-mail address' | 'name' | 'word'
}

/** What a person types to delete their account: what they go by here. */
export function leavingWord({ login, email, name }: LiveSession['user']): LeavingWord {
  const own = { login, 'e-mail address': email, name } as const
  for (const what of ['login', 'e-mail address', 'name'] as const) {
    const word = own[what]
    if (word && asTyped(word)) return { word, what }
  }
  return { word: 'DELETE', what: 'word' }
}

/** Case, blanks and marks that nobody can see or type are nothing. */
export const isLeavingWord = (user: LiveSession['user'], typed: string | undefined): boolean =>
  asTyped(typed ?? '') === asTyped(leavingWord(user).word)

const asTyped = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
