import type { Problem, ProblemCode } from './problems.js'

/** What a person can do on an error page. */
export interface Action {
  label: string
  href: string
  /** A link below the buttons, for the second choice. */
  plain?: true
}

/** In place of the usual words for the visitor, and of the usual way out. */
export interface OwnWords {
  heading?: string
  text?: string
  next?: Problem['next']
  actions?: readonly Action[]
}

/** A request that the web layer itself refuses. The message is for the operator. */
export class WebRefusal extends Error {
  override readonly name = 'WebRefusal'
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly details: OwnWords & { headers?: Record<string, string> } = {},
  ) {
    super(message)
  }
}
