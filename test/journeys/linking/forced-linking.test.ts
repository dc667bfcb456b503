// Connecting what is somebody else's: an attacker who is connected to a victim's account signs in to it ever after.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import {
  accountRows,
  act,
  askToConnect,
  connections,
  disconnect,
  eventsOf,
  movesTo,
} from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { AS_A_PAGE, type HttpBrowser, hiddenFields } from '../../support/http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const MINUTE = 60_000

let pair: TwoProviderApp
let clock = Date.now()
let victim: HttpBrowser
let attacker: HttpBrowser
before(async () => {
  pair = await startTwoProviderApp({}, { now: () => clock++ })
})
after(() => pair.stop())
beforeEach(async () => {
  await pair.sql('delete from users')
  pair.reset()
  clock = Date.now()
  victim = await signedIn('ada')
  attacker = await signedIn('grace')
})

async function signedIn(name: 'ada' | 'grace', visitor = pair.newVisitor()): Promise<HttpBrowser> {
  pair.bolt.useBrowser(visitor, AT_BOLT[name])
  assert.equal((await signInThrough('acme', pair, visitor, AT_ACME[name])).status, 200)
  return visitor
}

/** Opens the callback of a connection that must be refused, with nothing spent and nothing changed. */
async function refuses(visitor: HttpBrowser, callback: string, status: number, code: string): Promise<void> {
  const before = await accountRows(pair)
  const calls = pair.bolt.requests.length
  const marks = await pair.sql('select * from used_attempts')
  assertRefused(await visitor.open(callback), status, code)
  assert.equal(pair.bolt.requests.length, calls, 'The code was spent')
  assert.deepEqual(await pair.sql('select * from used_attempts'), marks)
  assert.deepEqual(await accountRows(pair), before)
}

/** The provider page that a form of ours leads to; bolt consents at once. */
const consent = async (visitor: HttpBrowser, url: string): Promise<string> => (await visitor.open(url)).location ?? ''

test('ID-15 only a POST starts a linking, and no link, image or frame does', async () => {
  for (const method of ['GET', 'HEAD']) {
    const page = await victim.ask('/account/connect/bolt', { method, headers: AS_A_PAGE })
    assert.equal(page.status, 405)
    assert.deepEqual([page.location, page.headers.refresh], [undefined, undefined])
  }
  assert.equal((await victim.open('/account?connect=bolt')).headers.refresh, undefined)
  assert.deepEqual([...victim.cookies().keys()].filter(isAttempt).length, 1)
})

test('ID-15 only a form of this session starts a linking: without its token, or from another site, it is refused', async () => {
  const page = await victim.open('/account')
  const foreign = hiddenFields((await attacker.open('/account')).text)
  const own = hiddenFields(page.text)
  const tries: [form: Record<string, string>, headers: Record<string, string>][] = [
    [{}, {}],
    [{ csrf: '' }, {}],
    [foreign, {}],
    [own, { 'Sec-Fetch-Site': 'cross-site' }],
    [own, { 'Sec-Fetch-Site': 'same-site' }],
    [own, { Origin: 'https://evil.example' }],
  ]
  const attempts = [...victim.cookies().keys()].filter(isAttempt)
  for (const [form, headers] of tries) {
    const ask = { method: 'POST', form, headers: { ...AS_A_PAGE, ...headers } }
    assertRefused(await victim.ask('/account/connect/bolt', ask), 403, 'csrf')
  }
  assert.deepEqual([...victim.cookies().keys()].filter(isAttempt), attempts)
})

test('ID-15 a visitor without a session cannot start a linking', async () => {
  const unknown = pair.newVisitor()
  const form = hiddenFields((await victim.open('/account')).text)
  const response = await unknown.ask('/account/connect/bolt', { method: 'POST', form, headers: AS_A_PAGE })
  assert.ok([401, 403].includes(response.status))
  assert.equal([...unknown.cookies().keys()].filter(isAttempt).length, 0)
})

test('ID-15 a linking needs a sign-in of the last ten minutes, and works after a new sign-in', async () => {
  clock += 10 * MINUTE
  const page = await act(victim, '/account/connect/bolt')
  assert.match(page.text, /Please sign in once more, then connect\./)
  const again = await victim.follow(movesTo(page))
  assert.equal(again.url, `${pair.app.origin}/account?connect=bolt`)
  assert.match(again.text, /One step is left to connect/)
  assert.deepEqual(await connections(pair), ['ada acme 1', 'grace acme 2'])

  const back = await consent(victim, movesTo(await victim.submit(again, '/account/connect/bolt')))
  assert.equal((await victim.follow(back)).url, `${pair.app.origin}/account`)
  assert.deepEqual(await connections(pair), ['ada acme 1', 'ada bolt 9001', 'grace acme 2'])
})

test('ID-15 a sign-in of a little less than ten minutes is recent enough', async () => {
  clock += 10 * MINUTE - 1_000
  assert.match(movesTo(await act(victim, '/account/connect/bolt')), /\/authorize\?/)
})

test('ID-15 the callback of an attacker, with the code and state of their own attempt, has no effect in the browser of a victim', async () => {
  const planted = await askToConnect(attacker, 'bolt')
  await refuses(victim, planted, 400, 'attempt_missing')
  await askToConnect(victim, 'bolt')
  await refuses(victim, planted, 400, 'attempt_missing')
  assert.equal((await eventsOf(pair, await idOf(victim))).at(-1), 'sign-in-refused bolt attempt_missing')
})

test('ID-15 the sign-in of an attacker in the browser of a victim connects nothing', async () => {
  const planted = await consent(attacker, (await attacker.open('/login/bolt')).location ?? '')
  await refuses(victim, planted, 400, 'attempt_missing')
})

test('ID-15 the attempt cookie of an attacker is refused in the session of a victim', async () => {
  const planted = await askToConnect(attacker, 'bolt')
  for (const [name, value] of attacker.cookies()) if (isAttempt(name)) victim.cookies().set(name, value)
  await refuses(victim, planted, 403, 'forbidden')
  victim.cookies().delete('vestibule-session')
  await refuses(victim, planted, 401, 'sign_in_required')
})

test('ID-15 another session of the same user cannot finish a linking', async () => {
  const callback = await askToConnect(victim, 'bolt')
  await victim.follow('/login/acme')
  await refuses(victim, callback, 403, 'forbidden')
})

test('ID-15 another user who has signed in meanwhile cannot finish a linking', async () => {
  const callback = await askToConnect(victim, 'bolt')
  await signedIn('grace', victim)
  await refuses(victim, callback, 403, 'forbidden')
})

test('ID-15 a user who has signed out cannot finish a linking', async () => {
  const callback = await askToConnect(victim, 'bolt')
  await victim.submit(await victim.open('/logout'), '/logout')
  await refuses(victim, callback, 401, 'sign_in_required')
})

test('ID-15 a session that was ended elsewhere cannot finish a linking, also while it is cached here', async () => {
  const callback = await askToConnect(victim, 'bolt')
  const id = await idOf(victim)
  await pair.sql(`delete from sessions where user_id = '${id}'`)
  assert.equal(await idOf(victim), id)
  await refuses(victim, callback, 401, 'sign_in_required')
})

test('ID-15 ID-11 a user who was disabled meanwhile cannot finish a linking, also while the session is cached here', async () => {
  const callback = await askToConnect(victim, 'bolt')
  const id = await idOf(victim)
  await pair.sql(`update users set disabled_at = 1 where id = '${id}'`)
  await refuses(victim, callback, 403, 'account_disabled')
})

test('ID-15 an attempt for one provider cannot be finished by another', async () => {
  const callback = await askToConnect(victim, 'bolt')
  await refuses(victim, callback.replace('/oauth/bolt/', '/oauth/acme/'), 400, 'attempt_missing')
})

test('ID-15 a linking attempt that is older than ten minutes has expired', async () => {
  const callback = await askToConnect(victim, 'bolt')
  clock += 10 * MINUTE
  await refuses(victim, callback, 400, 'attempt_expired')
})

test('ID-15 a callback that comes twice connects once, and does not reconnect what was disconnected since', async () => {
  const callback = await askToConnect(victim, 'bolt')
  await victim.follow(callback)
  await disconnect(victim, pair, 'bolt')
  const again = await victim.open(callback)
  assert.deepEqual([again.status, again.location], [303, `${pair.app.origin}/account`])
  assert.deepEqual(await connections(pair), ['ada acme 1', 'grace acme 2'])
})

test('ID-15 a linking that is denied at the provider changes nothing, and leads back to the account', async () => {
  const before = await accountRows(pair)
  const callback = new URL(await askToConnect(victim, 'bolt'))
  callback.searchParams.delete('code')
  callback.searchParams.set('error', 'access_denied')
  const page = await victim.open(callback.href)
  assertRefused(page, 403, 'provider_denied')
  assert.match(page.text, /href="\/account"/)
  assert.deepEqual(await accountRows(pair), before)
})

const isAttempt = (name: string) => name.includes('-attempt-')

const idOf = async (visitor: HttpBrowser): Promise<string> => (await sessionOf(visitor)).user.id
