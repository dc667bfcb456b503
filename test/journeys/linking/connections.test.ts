import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import {
  accountRows,
  act,
  connect,
  connections,
  disconnect,
  eventsOf,
  revokedTokens,
} from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import type { Person } from '../../support/fake-oauth2.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

let pair: TwoProviderApp
let clock = Date.now()
before(async () => {
  const settings = (acme: TwoProviderApp['acme'], bolt: TwoProviderApp['bolt']) => ({
    ...acme.laterSettings(),
    ...bolt.laterSettings(),
  })
  // No two things happen at once, so that events have an order.
  pair = await startTwoProviderApp(settings, { now: () => clock++ })
})
after(() => pair.stop())
beforeEach(async () => {
  await pair.sql('delete from users')
  pair.reset()
  clock = Date.now()
})

/** A browser of somebody's, who is themselves at both providers there. */
function browserOf(name: 'ada' | 'grace'): HttpBrowser {
  const visitor = pair.newVisitor()
  pair.acme.useBrowser(visitor, AT_ACME[name])
  pair.bolt.useBrowser(visitor, AT_BOLT[name])
  return visitor
}

/** The same, signed in. */
async function open(name: 'ada' | 'grace', provider: 'acme' | 'bolt' = 'acme'): Promise<HttpBrowser> {
  const visitor = browserOf(name)
  const page = await visitor.follow(`/login/${provider}`)
  assert.deepEqual([page.status, await loginOf(visitor)], [200, name], page.text)
  return visitor
}

const idOf = async (visitor: HttpBrowser): Promise<string> => (await sessionOf(visitor)).user.id
const loginOf = async (visitor: HttpBrowser): Promise<string | undefined> => (await sessionOf(visitor)).user?.login

test('a second provider can be connected, and the user can sign in with either', async () => {
  const laptop = await open('ada')
  const page = await connect(laptop, 'bolt')
  assert.equal(page.url, `${pair.app.origin}/account`)
  assert.match(page.text, /bolt is connected\. You can sign in with it from now on\./)
  assert.match(page.text, /Connected bolt/)
  assert.deepEqual(await connections(pair), ['ada acme 1', 'ada bolt 9001'])

  const desk = await open('grace')
  const phone = await open('ada', 'bolt')
  assert.equal(await idOf(phone), await idOf(laptop))
  assert.equal((await sessionOf(phone)).provider, 'bolt')
  assert.notEqual(await idOf(desk), await idOf(phone))
  assert.deepEqual(await eventsOf(pair, await idOf(laptop)), [
    'signed-in acme new_account',
    'connected bolt',
    'signed-in bolt',
  ])
  assert.deepEqual(await eventsOf(pair, await idOf(desk)), ['signed-in acme new_account'])
})

test('a connection that is made once more stays one connection, and the page says so', async () => {
  const laptop = await open('ada')
  await connect(laptop, 'bolt')
  assert.match((await connect(laptop, 'bolt')).text, /bolt is connected again\./)
  assert.match((await connect(laptop, 'acme')).text, /acme is connected again\./)
  assert.deepEqual(await connections(pair), ['ada acme 1', 'ada bolt 9001'])
  const [, ...later] = await eventsOf(pair, await idOf(laptop))
  assert.deepEqual(later, ['connected bolt', 'connected bolt again', 'connected acme again'])
})

test('an identity of another user is refused, and nothing is changed', async () => {
  const laptop = await open('ada')
  const desk = await open('grace')
  await connect(desk, 'bolt')
  const before = await accountRows(pair)

  pair.bolt.useBrowser(laptop, AT_BOLT.grace)
  const page = await connect(laptop, 'bolt')
  assertRefused(page, 409, 'link_conflict')
  assert.match(page.text, /href="\/account"/)
  // The page names the identity that was just proved, and not the account that it belongs to.
  assert.match(page.text, /Bolt says you are <bdi>grace@example\.org<\/bdi>\./)
  assert.doesNotMatch(page.text.replace(/says you are.*/, ''), /grace/i)
  assert.deepEqual(await accountRows(pair), before)
  assert.deepEqual([await loginOf(laptop), await loginOf(desk)], ['ada', 'grace'])
  assert.equal((await eventsOf(pair, await idOf(laptop))).at(-1), 'sign-in-refused bolt link_conflict')
  assert.deepEqual(await eventsOf(pair, await idOf(desk)), ['signed-in acme new_account', 'connected bolt'])
  assert.match((await laptop.open('/account')).text, /A sign-in with bolt was refused/)
})

test('disconnecting ends the sessions of that connection and revokes its tokens, and all others stay', async () => {
  const laptop = await open('ada')
  await connect(laptop, 'bolt')
  const phone = await open('ada', 'bolt')
  const desk = await open('grace')
  await connect(desk, 'bolt')
  const graces = await accountRows({ sql: ofUser(await idOf(desk)) })
  pair.bolt.tokens.gives({ refresh: 'said once' })
  await connect(laptop, 'bolt')

  const revoked = revokedTokens(pair.bolt)
  const response = await disconnect(laptop, pair, 'bolt')
  assert.equal(response.location, `${pair.app.origin}/account`)
  assert.match((await laptop.open('/account')).text, /Disconnected bolt\./)
  await revoked
  assert.match(pair.bolt.tokens.givenBack[0]?.token ?? '', /^refresh-/)
  assert.equal(pair.acme.calls('/revoke'), 0)
  assert.deepEqual([await loginOf(laptop), await loginOf(phone), await loginOf(desk)], ['ada', undefined, 'grace'])
  assert.deepEqual(await connections(pair), ['ada acme 1', 'grace acme 2', 'grace bolt 9002'])
  assert.deepEqual(await accountRows({ sql: ofUser(await idOf(desk)) }), graces)
  assert.equal((await eventsOf(pair, await idOf(laptop))).at(-1), 'disconnected bolt')
  // Its address is still one that the account has verified.
  assertRefused(await phone.follow('/login/bolt'), 409, 'link_needed')
})

test('disconnecting the provider of the current session signs out here and nowhere else', async () => {
  const laptop = await open('ada')
  await connect(laptop, 'bolt')
  const phone = await open('ada', 'bolt')
  assert.equal((await disconnect(phone, pair, 'bolt')).location, `${pair.app.origin}/signed-out`)
  assert.match((await phone.open('/signed-out')).text, /Disconnected bolt\./)
  assert.deepEqual([await loginOf(phone), await loginOf(laptop)], [undefined, 'ada'])
})

test('a disconnected identity can be connected to another account', async () => {
  const laptop = await open('ada')
  await connect(laptop, 'bolt')
  await disconnect(laptop, pair, 'bolt')
  const desk = await open('grace')
  pair.bolt.useBrowser(desk, AT_BOLT.ada)
  await connect(desk, 'bolt')
  assert.deepEqual(await connections(pair), ['ada acme 1', 'grace acme 2', 'grace bolt 9001'])
})

test('no user can disconnect a connection of another', async () => {
  const laptop = await open('ada')
  const desk = await open('grace')
  await connect(desk, 'bolt')
  const before = await accountRows(pair)
  const [identity] = await pair.sql("select id from identities where provider = 'bolt'")
  assertRefused(await act(laptop, `/account/connections/${identity?.id}/disconnect`), 404, 'not_found')
  assertRefused(await act(laptop, '/account/connections/none/disconnect'), 404, 'not_found')
  assert.deepEqual(await accountRows(pair), before)
})

test('only its own user can end a session from another browser', async () => {
  const [laptop, phone, desk] = [await open('ada'), await open('ada'), await open('grace')]
  const ids = await sessionsOf(await idOf(laptop))
  for (const id of ids) assertRefused(await act(desk, `/account/sessions/${id}/end`), 404, 'not_found')
  assert.deepEqual([await loginOf(laptop), await loginOf(phone)], ['ada', 'ada'])

  const mine = /account\/sessions\/([^/"]+)\/end"/.exec((await laptop.open('/account')).text)?.[1]
  assert.equal((await act(laptop, `/account/sessions/${mine}/end`)).location, `${pair.app.origin}/account`)
  assert.deepEqual([await loginOf(laptop), await loginOf(phone), await loginOf(desk)], ['ada', undefined, 'grace'])
  assert.equal((await phone.ask('/profile')).status, 401)
  assert.equal((await eventsOf(pair, await idOf(laptop))).at(-1), 'session-ended acme person')
  assertRefused(await act(laptop, `/account/sessions/${mine}/end`), 404, 'not_found')
})

test('all others end at once, and only theirs', async () => {
  const [laptop, phone, desk] = [await open('ada'), await open('ada'), await open('grace')]
  await connect(laptop, 'bolt')
  const tablet = await open('ada', 'bolt')
  await act(laptop, '/account/sessions/end-others')
  assert.deepEqual(await Promise.all([laptop, phone, tablet, desk].map(loginOf)), [
    'ada',
    undefined,
    undefined,
    'grace',
  ])
  const ends = (await eventsOf(pair, await idOf(laptop))).slice(-2)
  assert.deepEqual(ends.sort(), ['session-ended acme person', 'session-ended bolt person'])
})

test('ID-11 a disabled user is signed out in every browser and with every connection, and no other user is', async () => {
  const laptop = await open('ada')
  const ada = await idOf(laptop)
  await connect(laptop, 'bolt')
  const phone = await open('ada', 'bolt')
  const desk = await open('grace')
  await pair.sql(`update users set disabled_at = 1 where id = '${ada}'`)
  clock += 5_000
  assert.deepEqual(await Promise.all([laptop, phone, desk].map(loginOf)), [undefined, undefined, 'grace'])
  for (const provider of ['acme', 'bolt'] as const) {
    assertRefused(await signInThrough(provider, pair, phone, atOf(provider)), 403, 'account_disabled')
  }
  const refused = (await eventsOf(pair, ada)).slice(-2)
  assert.deepEqual(refused, ['sign-in-refused acme account_disabled', 'sign-in-refused bolt account_disabled'])
})

const atOf = (provider: 'acme' | 'bolt'): Person => (provider === 'acme' ? AT_ACME.ada : AT_BOLT.ada)

const sessionsOf = async (userId: string): Promise<unknown[]> =>
  (await pair.sql(`select id from sessions where user_id = '${userId}'`)).map(({ id }) => id)

/** Looks at the rows of one person only. */
const ofUser = (userId: string) => async (statement: string) => {
  const rows = await pair.sql(statement)
  const theirs = (await pair.sql(`select id from identities where user_id = '${userId}'`)).map(({ id }) => id)
  return rows.filter(row => [row.user_id, row.id].includes(userId) || theirs.includes(row.identity_id))
}
