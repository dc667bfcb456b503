import type { ErrorCode, ErrorPage } from './error-pages.js'

/** What a person can do on an error page. */
export interface Action {
  label: string
  href: string
  /** A link below the buttons, for the second choice. */
  plain?: true
}

/** In place of the usual words for the visitor, and of the usual way out. */
export interface ErrorPageOverrides {
  heading?: string
  text?: string
  action?: ErrorPage['action']
  actions?: readonly Action[]
}

/** A request that the web layer itself refuses. The message is for the operator. */
export class HttpError extends Error {
  override readonly name = 'WebRefusal'
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorPageOverrides & { headers?: Record<string, string> } = {},
  ) {
    super(message)
  }
}
