import type { ErrorCode, ErrorPage } from './error-pages.js'

/** What a user can do on an error page. */
export interface Action {
  label: string
  href: string
  /** A link below the buttons, for the second choice. */
  plain?: true
}

/** In place of the usual texts and actions of the error page. */
export interface ErrorPageOverrides {
  heading?: string
  text?: string
  action?: ErrorPage['action']
  actions?: readonly Action[]
}

/** The web layer itself rejects a request. The message is for the operator. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorPageOverrides & { headers?: Record<string, string> } = {},
  ) {
    super(message)
  }
}
