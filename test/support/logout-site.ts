// An app in front of an OpenID provider that ends sessions, and what a test of that asks of the two.
import assert from 'node:assert/strict'
import type { Overrides } from '../../src/server.js'
import { signIn, whoIsThere } from './acme.js'
import type { Settings } from './app.js'
import { ADA_AT_OP, type Op, type OpSession } from './op.js'
import { type OpSite, startOpSite } from './op-site.js'
import type { Page, Visitor } from './visitor.js'

export const GRACE_AT_OP = {
  ...{ sub: '84231', name: 'Grace Hopper', preferred_username: 'grace' },
  ...{ email: 'grace@example.org', email_verified: true },
}

export async function startLogoutSite(settings: Settings = {}, overrides: Overrides = {}, op?: Op): Promise<OpSite> {
  const site = await startOpSite({ settings, overrides, ...(op && { op }) })
  openForLogout(site, settings.BASE_PATH)
  return site
}

/** A provider that has seen nothing yet, ends sessions, and knows where people go afterwards. */
export function openForLogout({ far, app }: OpSite, basePath = ''): void {
  far.reset()
  far.bend({ logout: {} })
  far.postLogoutRedirectUris.push(`${app.origin}${basePath}/signed-out`)
}

/** A browser in which somebody has signed in, and what the provider calls that. */
export interface Seat {
  visitor: Visitor
  session: OpSession
}

export async function sitDown(site: OpSite, person: typeof ADA_AT_OP = ADA_AT_OP): Promise<Seat> {
  site.far.knows(person)
  const visitor = site.newVisitor()
  await signIn(site, visitor)
  return { visitor, session: site.far.sessions.at(-1) ?? assert.fail('Nobody has signed in there') }
}

export const isSignedIn = async ({ visitor }: Pick<Seat, 'visitor'>): Promise<boolean> =>
  (await whoIsThere(visitor)).signed_in

/** Presses the button of the page of signing out. */
export async function pressSignOut(visitor: Visitor, basePath = ''): Promise<Page> {
  return visitor.submit(await visitor.open(`${basePath}/logout`), `${basePath}/logout`)
}

/** Where a page moves on to by itself, which it also links to. */
export function wayOn({ status, text, headers, location }: Page): URL {
  assert.deepEqual([status, location], [200, undefined], text)
  const [, url = ''] = /^0;url=(.*)$/.exec(String(headers.refresh)) ?? []
  assert.ok(text.includes(`href="${url.replaceAll('&', '&amp;')}"`), text)
  return new URL(url)
}

/** What the audit trail says, oldest first. */
export const eventsOf = ({ sql }: Pick<OpSite, 'sql'>, kind: string) =>
  sql(`select kind, code, provider, user_id from events where kind = '${kind}' order by at`)
