import type { Context } from 'koa'
import type { Pages } from './pages.js'

/** Named values of an answer; undefined ones are left out. */
export type Fields = Readonly<Record<string, string | undefined>>

/** How an answer travels: in the address, or in a form that the browser posts (OAuth 2.0 Form Post Response Mode). */
export type ResponseMode = 'query' | 'form_post'

declare const checked: unique symbol
/** An address of the app, checked by `checkRedirectUri`. */
export type RedirectUri = string & { readonly [checked]: true }

/** An authorization request that the app itself is told is wrong (RFC 6749, 4.1.2.1). */
export class SentBack extends Error {
  override readonly name = 'SentBack'
  constructor(
    readonly redirectUri: RedirectUri,
    readonly answer: Fields,
    readonly mode: ResponseMode = 'query',
  ) {
    super(`Sent back: ${answer.error}`)
  }
}

/** The address if it is one of the app's origin, spelt the one way a URL parser spells it; else undefined. */
export function checkRedirectUri(text: string, appOrigin: string): RedirectUri | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  // The canonical spelling leaves no room for control characters, backslashes or a second reading of the host.
  const exact = url.href === text && !text.includes('#') && url.username === '' && url.password === ''
  return exact && url.origin === appOrigin ? (text as RedirectUri) : undefined
}

/** Back to the app with an answer, the way it asked for. */
export function sendAuthorizationResponse(
  ctx: Context,
  pages: Pages,
  redirectUri: RedirectUri,
  answer: Fields,
  mode: ResponseMode,
): void {
  if (mode === 'query') return redirectToApp(ctx, redirectUri, answer)
  pages.step(ctx, {
    heading: 'One more click',
    text: 'The app wants its answer as a form, and this page runs no script to send it by itself.',
    action: redirectUri,
    hidden: Object.entries(answer).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    button: 'Back to the app',
  })
}

/** The only redirect: back to the app with an answer, the query it had kept as it is (RFC 6749, 3.1.2). */
export function redirectToApp(ctx: Context, redirectUri: RedirectUri, answer: Fields): void {
  const query = encodeFields(answer)
  const separator = redirectUri.includes('?') ? '&' : '?'
  ctx.status = 303
  ctx.set('Location', query === '' ? redirectUri : `${redirectUri}${separator}${query}`)
  ctx.body = ''
}

/** As application/x-www-form-urlencoded. */
export function encodeFields(fields: Fields): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) params.append(name, value)
  return params.toString()
}

/** An answer of a form, as OAuth 1.0 has it. */
export function sendForm(ctx: Context, fields: Fields): void {
  ctx.type = 'application/x-www-form-urlencoded; charset=utf-8'
  ctx.body = encodeFields(fields)
}
