import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { startApp, type TestApp } from '../../support/app.js'
import { type Ask, addPage } from '../../support/developer-page.js'
import { type OAuth1Provider, startOAuth1Provider } from '../../support/fake-oauth1.js'
import { HttpBrowser } from '../../support/http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const HOUR = 3_600_000

interface Things {
  of: { id: number; login: string }
}

describe('Of two providers, a page', () => {
  let pair: TwoProviderApp
  let ask: Ask
  let ada: HttpBrowser
  let clock = Date.now()
  before(async () => {
    pair = await startTwoProviderApp(
      (acme, bolt) => ({ ...acme.laterSettings('acme'), ...bolt.laterSettings('bolt') }),
      {
        now: () => clock,
      },
    )
    ask = addPage(pair.app)
  })
  after(() => pair.stop())
  beforeEach(async () => {
    clock += 2 * HOUR
    pair.reset()
    pair.bolt.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    ada = pair.newVisitor()
    await signInThrough('acme', pair, ada, AT_ACME.ada)
  })

  const things = (provider: string) => ask<Things>(ada, ctx => ctx.provider(provider).json('/things'))

  async function connectBolt(): Promise<void> {
    pair.bolt.useBrowser(ada, AT_BOLT.ada)
    const departing = await ada.submit(await ada.open('/account'), '/account/connect/bolt')
    const page = await ada.follow(String(departing.headers.refresh).replace('0;url=', ''))
    assert.match(page.text, /is connected/)
  }

  test('of two providers, a page cannot ask the one that is not connected: a clear refusal with the way to connect it, and nobody is asked', async () => {
    const { status, result: reported } = await ask(ada, ctx => ctx.provider('bolt').get('/things'))
    assert.deepEqual([status, reported.error], [403, 'forbidden'])
    assert.match(
      reported.message,
      /needs a connection to bolt, and your account has none\. Connect it on your account page/,
    )
    const [authorized, token] = (
      await ask<unknown[]>(ada, async ctx => [
        await ctx.provider('bolt').authorized,
        (await ctx.provider('bolt').token) ?? null,
      ])
    ).result
    assert.deepEqual([authorized, token, pair.bolt.requests.length], [false, null, 0])
  })

  test('of two providers, a page asks both in the name of one person, once the other is connected, and renews its tokens too', async () => {
    await connectBolt()
    assert.deepEqual((await things('acme')).result.of.id, AT_ACME.ada.id)
    assert.deepEqual((await things('bolt')).result.of.id, AT_BOLT.ada.id)
    clock += HOUR
    assert.deepEqual((await things('bolt')).result.of.id, AT_BOLT.ada.id)
    assert.deepEqual([pair.bolt.tokens.refreshes.granted, pair.acme.tokens.refreshes.asked], [1, 0])
  })

  test('of two providers, a page asks nobody at the one that was disconnected', async () => {
    await connectBolt()
    const page = await ada.open('/account')
    const paths = [...page.text.matchAll(/action="(\/account\/connections\/[^"]+\/disconnect)"/g)].map(
      ([, path]) => path,
    )
    await ada.submit(page, paths.at(-1) ?? '')
    assert.equal((await things('acme')).status, 200)
    const before = pair.bolt.requests.length
    assert.equal((await things('bolt')).status, 403)
    assert.equal(pair.bolt.requests.length, before)
  })
})

describe('Of an OAuth 1.0a provider, a page', () => {
  let far: OAuth1Provider
  let app: TestApp
  let ask: Ask
  let ada: HttpBrowser
  before(async () => {
    far = await startOAuth1Provider()
    app = await startApp({ ...far.settings('acme'), ACME_API_BASE_URL: `${far.origin}/` })
    ask = addPage(app)
    ada = new HttpBrowser(app.origin)
    assert.equal((await ada.follow('/')).status, 200)
  })
  after(async () => {
    await app.stop()
    await far.stop()
  })

  interface Person {
    id: string
    query: object
    form: object
  }

  test('of an OAuth 1.0a provider, a page asks with signed requests, the query and a form among what is signed', async () => {
    const { result: reported } = await ask<Person[]>(ada, async ctx => {
      const client = ctx.provider('acme')
      const responses = [
        await client.get('/user?a=1%20%26+2&b='),
        await client.post(`${far.origin}/user`, { form: { status: 'Hello & goodbye = ☃' } }),
        await client.put('user', { json: { not: 'signed' } }),
        await client.delete('/user'),
      ]
      return responses.map(response => response.json())
    })
    assert.deepEqual(
      reported.map(({ id }) => id),
      Array(4).fill('id-of-ada'),
    )
    assert.deepEqual(
      [reported[0]?.query, reported[1]?.form],
      [{ a: '1 & 2', b: '' }, { status: 'Hello & goodbye = ☃' }],
    )
  })

  test('of an OAuth 1.0a provider, a page can see the token and what signs, and sign with others of its own', async () => {
    const { result: reported } = await ask<{ accessToken: string; tokenSecret: string; tokenType: string }>(
      ada,
      ctx => ctx.provider('acme').token,
    )
    assert.equal(reported.tokenType, 'OAuth')
    const { accessToken, tokenSecret } = reported
    const other = ask<Person>(ada, ctx => ctx.provider('acme', { token: { accessToken, tokenSecret } }).json('/user'))
    assert.equal((await other).result.id, 'id-of-ada')
    const wrong = { accessToken, tokenSecret: 'not it' }
    const { result: status } = await ask<number>(
      ada,
      async ctx => (await ctx.provider('acme', { token: wrong }).get('/user')).status,
    )
    assert.equal(status, 401)
  })

  test('of an OAuth 1.0a provider, a page is refused for good where its token was taken back there: nothing can be renewed', async () => {
    far.on('/user', (_, response) => void response.status(401).end('oauth_problem=token_rejected'))
    const before = far.calls('/user')
    const { status, result: reported } = await ask(ada, async ctx => (await ctx.provider('acme').get('/user')).status)
    assert.deepEqual([status, reported, far.calls('/user')], [200, 401, before + 1])
  })
})
