import type { Fields } from './redirect.js'

/**
 * Something that goes wrong because it was chosen to: a row of a name, a label, and where it bites.
 * Each place to bite is one optional function, called where that answer is made; a new place is a new function here.
 */
export interface Fault {
  name: string
  /** What the page calls it. */
  label: string
  /** What goes back to the app instead of code and state. No code exists unless it is asked for. */
  callback?: (going: { state: string | undefined; issueCode: () => string }) => Fields
  /** What the token endpoint says in place of a token, once the request was found right and the code is spent. */
  token?: () => Fields
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'denied',
    label: 'I say no',
    callback: ({ state }) => ({
      error: 'access_denied',
      error_description: 'The user has denied your application access.',
      state,
    }),
  },
  {
    name: 'token_error',
    label: 'Token endpoint: an error inside a 200',
    token: () => ({
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
    }),
  },
]

/** The fault a form names, or undefined if there is none of that name. */
export const findFault = (name: string): Fault | undefined => FAULTS.find(fault => fault.name === name)
