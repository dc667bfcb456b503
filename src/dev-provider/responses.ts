import type { Context } from 'koa'
import type { Pages } from './pages.js'

/** Response parameters by name; undefined ones are left out. */
export type Fields = Readonly<Record<string, string | undefined>>

/** How a response reaches the app: in the URL, or in a form that the browser posts (OAuth 2.0 Form Post Response Mode). */
export type AuthorizationResponseMode = 'query' | 'form_post'

declare const checked: unique symbol
/** An address of the app, checked by `checkRedirectUri`. */
export type RedirectUri = string & { readonly [checked]: true }

/** The address if it is one of the app's origin, spelt the one way a URL parser spells it; else undefined. */
export function checkRedirectUri(text: string, appOrigin: string): RedirectUri | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  // The canonical spelling excludes control characters, backslashes and a second reading of the host.
  const exact = url.href === text && !text.includes('#') && url.username === '' && url.password === ''
  return exact && url.origin === appOrigin ? (text as RedirectUri) : undefined
}

/** Sends the authorization response to the app, in the response mode that it asked for. */
export function sendAuthorizationResponse(
  ctx: Context,
  pages: Pages,
  redirectUri: RedirectUri,
  params: Fields,
  mode: AuthorizationResponseMode,
): void {
  if (mode === 'query') return redirectToApp(ctx, redirectUri, params)
  pages.step(ctx, {
    heading: 'One more click',
    text: 'The app asked for the response as a form, and this page runs no script that would send it.',
    action: redirectUri,
    hidden: Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    button: 'Back to the app',
  })
}

/** The only redirect: to the app with a response; the query of the redirect URI stays as it is (RFC 6749, 3.1.2). */
export function redirectToApp(ctx: Context, redirectUri: RedirectUri, params: Fields): void {
  const query = encodeFields(params)
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

/** Sends a form as the response, as OAuth 1.0 requires. */
export function sendForm(ctx: Context, fields: Fields): void {
  ctx.type = 'application/x-www-form-urlencoded; charset=utf-8'
  ctx.body = encodeFields(fields)
}

export function sendJson(ctx: Context, json: string): void {
  ctx.type = 'application/json; charset=utf-8'
  ctx.body = json
}
