import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { TokenStore } from '../../../src/store/types.js'
import { createMemoryTokens } from '../../store/memory-tokens.js'
import {
  type Acme,
  assertHides,
  assertRefused,
  countRows,
  sessionOf,
  signIn,
  startAcme,
} from '../../support/acme-app.js'
import { type Ask, addPage, type Work } from '../../support/developer-page.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { actionOf, type HttpBrowser } from '../../support/http-browser.js'
import { forVisitors } from '../../support/page-notes.js'
import { AT_ACME, AT_BOLT, signInThrough, startTwoProviderApp } from '../../support/two-provider-app.js'

const HOUR = 3_600_000

/** The tokens of somebody else's store, which can be out of order. */
function createTheirs() {
  const saved = createMemoryTokens()
  const known = new Set<string>()
  const broken = new Set<keyof TokenStore>()
  const or = async <T>(name: keyof TokenStore, work: () => Promise<T>): Promise<T> => {
    if (broken.has(name)) throw new Error('The vault is closed')
    return work()
  }
  const tokens: TokenStore = {
    load: id => or('load', () => saved.load(id)),
    save(id, ...rest) {
      known.add(id)
      return or('save', () => saved.save(id, ...rest))
    },
    remove: id => or('remove', () => saved.remove(id)),
  }
  return {
    tokens,
    broken,
    /** All that it holds. */
    async held() {
      const all = await Promise.all([...known].map(id => saved.load(id)))
      return all.filter(each => each !== undefined)
    },
  }
}

let acme: Acme<FakeOAuth2>
let ask: Ask
let ada: HttpBrowser
let clock = Date.now()
const theirs = createTheirs()
before(async () => {
  acme = await startAcme(far => far.laterSettings('acme'), { now: () => clock, tokens: theirs.tokens })
  ask = addPage(acme.app)
})
after(() => acme.stop())
beforeEach(() => {
  clock += 2 * HOUR
  acme.reset()
  theirs.broken.clear()
  acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  ada = acme.newVisitor()
})

const things = () => ask(ada, async ctx => (await ctx.provider('acme').get('/things')).status)
const press = async (path: string, fields: Record<string, string> = {}) =>
  ada.submit(await ada.open('/account'), path, fields)

test('tokens that somebody else keeps work from the sign-in to the end of the account, and our database never holds one', async () => {
  await signIn(acme, ada)
  const [first] = await theirs.held()
  assert.match(first?.refreshToken ?? '', /^refresh-/)
  assert.deepEqual(await things(), { status: 200, result: 200 })
  assert.match((await ada.open('/profile')).text, /Read just now from/)
  assert.equal((await ada.open('/account')).status, 200)

  clock += HOUR
  assert.deepEqual(await things(), { status: 200, result: 200 })
  const [second] = await theirs.held()
  assert.notEqual(second?.refreshToken, first?.refreshToken)
  assert.deepEqual(acme.far.tokens.refreshes, { asked: 1, granted: 1 })
  assert.deepEqual(await acme.sql('select * from provider_tokens'), [])

  assert.equal((await press('/account/delete', { confirm: 'ada' })).status, 303)
  assert.deepEqual(await theirs.held(), [])
  assert.deepEqual(await countRows(acme), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
})

test('tokens that somebody else keeps go with a sign-out that gives them back', async () => {
  await signIn(acme, ada)
  const page = await ada.open('/logout')
  await ada.submit(page, actionOf(page))
  assert.deepEqual(await theirs.held(), [])
})

test('tokens that somebody else keeps are renewed once for many, and needed again where the provider takes them no more', async () => {
  await signIn(acme, ada)
  clock += HOUR
  const all = await Promise.all(Array.from({ length: 20 }, things))
  assert.deepEqual(new Set(all.map(({ result: reported }) => reported)), new Set([200]))
  assert.equal(acme.far.tokens.refreshes.asked, 1)
  clock += HOUR
  acme.far.tokens.revokeAll()
  assert.equal((await things()).status, 403)
  assert.match((await ada.open('/account')).text, /Needs to be reconnected/)
  await ada.follow('/login/acme')
  assert.deepEqual(await things(), { status: 200, result: 200 })
})

test('tokens that somebody else keeps that cannot be looked up are a fault of ours: a page for the visitor, no words of the store, and the session stays', async () => {
  await signIn(acme, ada)
  theirs.broken.add('load')
  const { status, result: reported } = await ask(ada, ctx => ctx.provider('acme').get('/things'))
  assert.ok(status >= 500)
  assertHides(JSON.stringify(reported), ['vault'])
  for (const path of ['/', '/account']) assert.equal((await ada.open(path)).status, 200, path)
  theirs.broken.clear()
  assert.deepEqual(await things(), { status: 200, result: 200 })
})

test('tokens that somebody else keeps that cannot be saved after a refresh cost the connection and nothing else: to reconnect mends it', async () => {
  await signIn(acme, ada)
  clock += HOUR
  theirs.broken.add('save')
  assert.ok((await things()).status >= 500)
  theirs.broken.clear()
  assert.equal((await things()).status, 403)
  assert.match((await ada.open('/account')).text, /Needs to be reconnected/)
  await ada.follow('/login/acme')
  assert.deepEqual(await things(), { status: 200, result: 200 })
})

test('tokens that somebody else keeps that cannot be saved at a sign-in leave nobody signed in, and the next one is whole', async () => {
  theirs.broken.add('save')
  const page = await ada.follow('/')
  assertRefused(page, 500, 'internal')
  assertHides(forVisitors(page), ['vault'])
  assert.deepEqual(await sessionOf(ada), { signed_in: false })
  theirs.broken.clear()
  await signIn(acme, ada)
  assert.deepEqual(await things(), { status: 200, result: 200 })
})

test('tokens of two connections that somebody else keeps go with a disconnection, and the other ones stay', async () => {
  const saved = createTheirs()
  const pair = await startTwoProviderApp(
    (one, other) => ({ ...one.laterSettings('acme'), ...other.laterSettings('bolt') }),
    {
      tokens: saved.tokens,
    },
  )
  try {
    const askThere = addPage(pair.app)
    const visitor = pair.newVisitor()
    const asked = async (name: string) => {
      const work: Work = async ctx => (await ctx.provider(name).get('/things')).status
      return (await askThere<number>(visitor, work)).status
    }
    await signInThrough('acme', pair, visitor, AT_ACME.ada)
    pair.bolt.useBrowser(visitor, AT_BOLT.ada)
    const departing = await visitor.submit(await visitor.open('/account'), '/account/connect/bolt')
    const page = await visitor.follow(String(departing.headers.refresh).replace('0;url=', ''))
    assert.deepEqual([(await saved.held()).length, await asked('acme'), await asked('bolt')], [2, 200, 200])

    const paths = [...page.text.matchAll(/action="(\/account\/connections\/[^"]+\/disconnect)"/g)]
    await visitor.submit(page, paths.at(-1)?.[1] ?? '')
    assert.deepEqual([(await saved.held()).length, await asked('acme'), await asked('bolt')], [1, 200, 403])
    assert.deepEqual(await pair.sql('select * from provider_tokens'), [])
  } finally {
    await pair.stop()
  }
})
