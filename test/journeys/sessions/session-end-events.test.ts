import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { HttpBrowser } from '../../support/http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

let pair: TwoProviderApp
beforeEach(async () => {
  pair = await startTwoProviderApp()
})
afterEach(() => pair.stop())

/** Ada, or whoever else, signed in by Acme. */
async function enter(visitor = pair.newVisitor(), person = AT_ACME.ada): Promise<HttpBrowser> {
  await signInThrough('acme', pair, visitor, person)
  return visitor
}

const eventsOf = async (kind: string) =>
  (await pair.sql(`select code, provider, user_id from events where kind = '${kind}'`)).map(({ code, provider }) => [
    code,
    provider,
  ])

test('the audit log has the end of a session that another user replaces, and not of one that the same user replaces', async () => {
  const visitor = await enter()
  await enter(visitor)
  assert.deepEqual(await eventsOf('session-ended'), [])
  await enter(visitor, AT_ACME.grace)
  assert.deepEqual(await eventsOf('session-ended'), [['person', 'acme']])
})

test('the audit log has the end of a session whose connection is removed', async () => {
  const visitor = await enter()
  pair.bolt.useBrowser(visitor, AT_BOLT.ada)
  const departing = await visitor.submit(await visitor.open('/account'), '/account/connect/bolt')
  await visitor.follow(String(departing.headers.refresh).replace('0;url=', ''))
  const [acme] = await pair.sql(`select id from identities where provider = 'acme'`)
  await visitor.submit(await visitor.open('/account'), `/account/connections/${acme?.id}/disconnect`)
  assert.deepEqual(await eventsOf('session-ended'), [['person', 'acme']])
  assert.deepEqual(await eventsOf('disconnected'), [[null, 'acme']])
})
