import assert from 'node:assert/strict'
import type { Overrides } from '../../src/server.js'
import { type Acme, assertRefused, countRows, sessionOf, startBeside } from './acme-app.js'
import type { Settings } from './app.js'
import { type FakeOidc, type OidcOverrides, startFakeOidc } from './fake-oidc.js'
import type { HttpBrowser, Page } from './http-browser.js'

export type OidcApp = Acme<FakeOidc>

interface Options {
  /** They win over the usual ones; made for the far side where they depend on it. */
  settings?: Settings | ((op: FakeOidc) => Settings)
  overrides?: Overrides
  /** A far side that runs already; it ends with the site. */
  op?: FakeOidc
}

/** An app that knows the OpenID provider `op` from its settings alone, and that provider; both have one clock. */
export async function startOidcApp({ settings = {}, overrides = {}, op }: Options = {}): Promise<OidcApp> {
  const far = op ?? (await startFakeOidc(overrides.now ? { now: overrides.now } : {}))
  const own = typeof settings === 'function' ? settings(far) : settings
  const usual = { reset: far.reset, knows: (person: Record<string, unknown>) => far.knows({ sub: '', ...person }) }
  return startBeside(far, usual, { ...far.settings('op'), ...own }, overrides)
}

/** A whole sign-in that ends well, with requests that the conformance suite has nothing against. */
export async function assertAccepted(site: OidcApp, bend: OidcOverrides = {}): Promise<Record<string, unknown>> {
  site.far.reset()
  site.far.override(bend)
  const visitor = site.newVisitor()
  const page = await visitor.follow('/')
  assert.equal(page.status, 200, `${page.text}\n${site.app.logged()}`)
  assert.deepEqual(site.far.problems, [])
  assert.equal(site.far.calls('/userinfo'), 1)
  return (await sessionOf(visitor)).user
}

/** A whole sign-in whose ID token is refused, before anybody else is asked; nobody is there, and nothing was written. */
export async function assertIdTokenRefused(
  site: OidcApp,
  bend: OidcOverrides,
  code = 'id_token_invalid',
): Promise<Page> {
  site.far.reset()
  site.far.override(bend)
  const { page } = await assertRefusedWith(site, code)
  assert.equal(site.far.calls('/token'), 1)
  assert.equal(site.far.calls('/userinfo'), 0)
  return page
}

/** A whole sign-in that is refused with this code; nobody is there, and nothing was written. */
export async function assertRefusedWith(
  site: OidcApp,
  code: string,
  status = 502,
): Promise<{ page: Page; visitor: HttpBrowser }> {
  const before = await countRows(site)
  const visitor = site.newVisitor()
  const page = await visitor.follow('/')
  assertRefused(page, status, code)
  await assertSame(site, visitor, before)
  return { page, visitor }
}

async function assertSame(site: OidcApp, visitor: HttpBrowser, before: Record<string, number>): Promise<void> {
  assert.equal(visitor.sessionCookie, undefined)
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  assert.deepEqual(await countRows(site), before)
}

/** The way to the provider and what it answers: the callback's URL, which is not opened yet. */
export async function comeBack(visitor: HttpBrowser, path = '/login/op'): Promise<URL> {
  const start = await visitor.open(path)
  assert.equal(start.status, 303, start.text)
  const responded = await visitor.open(start.location ?? '')
  assert.equal(responded.status, 303, responded.text)
  return new URL(responded.location ?? '')
}
