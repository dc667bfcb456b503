// What a person does on their account page, and what is left of it in the database.
import assert from 'node:assert/strict'
import { deferred } from './acme-app.js'
import type { FakeOAuth2 } from './fake-oauth2.js'
import type { HttpBrowser, Page } from './http-browser.js'
import type { Row } from './sql.js'

interface Site {
  sql(statement: string): Promise<Row[]>
}

/** Sends a form of the account page. */
export async function act(visitor: HttpBrowser, action: string): Promise<Page> {
  const page = await visitor.open('/account')
  assert.equal(page.status, 200, page.text)
  return visitor.submit(page, action)
}

/** Where a page moves on to by itself; browsers would stop a redirect there. */
export function movesTo(page: Page): string {
  assert.deepEqual([page.status, page.location], [200, undefined], page.text)
  const [, url] = /^0;url=(.+)$/.exec(String(page.headers.refresh)) ?? []
  assert.ok(url, page.text)
  return new URL(url, page.url).href
}

/** Asks for a connection; returns the callback's URL, which is not opened yet. */
export async function askToConnect(visitor: HttpBrowser, provider: string): Promise<string> {
  const asked = await act(visitor, `/account/connect/${provider}`)
  const consent = await visitor.open(movesTo(asked))
  assert.ok(consent.location, consent.text)
  return consent.location
}

/** Connects what this browser has there, and tells what came of it. */
export async function connect(visitor: HttpBrowser, provider: string): Promise<Page> {
  return visitor.follow(await askToConnect(visitor, provider))
}

/** Takes off the one connection that the account has at this provider. */
export async function disconnect(visitor: HttpBrowser, { sql }: Site, provider: string): Promise<Page> {
  const user = JSON.parse((await visitor.ask('/api/session')).text).user.id
  const [identity] = await sql(`select id from identities where user_id = '${user}' and provider = '${provider}'`)
  assert.ok(identity)
  return act(visitor, `/account/connections/${identity.id}/disconnect`)
}

/** Who is what at which provider, as `login provider subject`. */
export async function connections({ sql }: Site): Promise<string[]> {
  const rows = await sql(`select users.login, provider, subject from identities
    join users on users.id = identities.user_id`)
  return rows.map(({ login, provider, subject }) => `${login} ${provider} ${subject}`).sort()
}

/** Everything of people that a refusal has to leave alone. */
export async function accountRows({ sql }: Site): Promise<Row[][]> {
  const all = []
  for (const table of ['users', 'identities', 'provider_tokens'])
    all.push(await sql(`select * from ${table} order by 1`))
  return [...all, await sql('select handle_hash, user_id, identity_id from sessions order by 1')]
}

/** What happened to somebody, oldest first, as `kind provider` or `kind provider code`. */
export async function eventsOf({ sql }: Site, userId: string): Promise<string[]> {
  const rows = await sql(`select kind, provider, code from events where user_id = '${userId}' order by at`)
  return rows.map(({ kind, provider, code }) => [kind, provider, code].filter(each => each !== null).join(' '))
}

/** Resolves as soon as the tokens of a connection have been given back there: the access token comes last. */
export function revokedTokens(far: FakeOAuth2): Promise<void> {
  const { happened, happen } = deferred()
  far.on('/revoke', async (seen, response) => {
    await far.tokens.revoke(seen, response)
    if (seen.form.get('token_type_hint') === 'access_token') happen()
  })
  return happened
}
