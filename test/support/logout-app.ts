// An app in front of an OpenID provider that ends sessions, and what a test of that asks of the two.
import assert from 'node:assert/strict'
import type { Overrides } from '../../src/server.js'
import { sessionOf, signIn } from './acme-app.js'
import type { Settings } from './app.js'
import { ADA_AT_OP, type FakeOidc, type OidcSession } from './fake-oidc.js'
import type { HttpBrowser, Page } from './http-browser.js'
import { type OidcApp, startOidcApp } from './oidc-app.js'

export const GRACE_AT_OP = {
  ...{ sub: '84231', name: 'Grace Hopper', preferred_username: 'grace' },
  ...{ email: 'grace@example.org', email_verified: true },
}

export async function startLogoutSite(
  settings: Settings = {},
  overrides: Overrides = {},
  op?: FakeOidc,
): Promise<OidcApp> {
  const site = await startOidcApp({ settings, overrides, ...(op && { op }) })
  openForLogout(site, settings.BASE_PATH)
  return site
}

/** A provider that has seen nothing yet, ends sessions, and knows where people go afterwards. */
export function openForLogout({ far, app }: OidcApp, basePath = ''): void {
  far.reset()
  far.override({ logout: {} })
  far.postLogoutRedirectUris.push(`${app.origin}${basePath}/signed-out`)
}

/** A browser in which somebody has signed in, and what the provider calls that. */
export interface SignedInBrowser {
  visitor: HttpBrowser
  session: OidcSession
}

export async function openSignedInBrowser(
  site: OidcApp,
  person: typeof ADA_AT_OP = ADA_AT_OP,
): Promise<SignedInBrowser> {
  site.far.knows(person)
  const visitor = site.newVisitor()
  await signIn(site, visitor)
  return { visitor, session: site.far.sessions.at(-1) ?? assert.fail('Nobody has signed in there') }
}

export const isSignedIn = async ({ visitor }: Pick<SignedInBrowser, 'visitor'>): Promise<boolean> =>
  (await sessionOf(visitor)).signed_in

/** Presses the button of the page of signing out. */
export async function pressSignOut(visitor: HttpBrowser, basePath = ''): Promise<Page> {
  return visitor.submit(await visitor.open(`${basePath}/logout`), `${basePath}/logout`)
}

/** Where a page moves on to by itself, which it also links to. */
export function continueUrl({ status, text, headers, location }: Page): URL {
  assert.deepEqual([status, location], [200, undefined], text)
  const [, url = ''] = /^0;url=(.*)$/.exec(String(headers.refresh)) ?? []
  assert.ok(text.includes(`href="${url.replaceAll('&', '&amp;')}"`), text)
  return new URL(url)
}

/** What the audit trail says, oldest first. */
export const eventsOf = ({ sql }: Pick<OidcApp, 'sql'>, kind: string) =>
  sql(`select kind, code, provider, user_id from events where kind = '${kind}' order by at`)
