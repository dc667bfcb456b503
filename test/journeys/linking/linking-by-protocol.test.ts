// The same rules for a connection, whatever its provider speaks.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { accountRows, act, connections, movesTo } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { type OAuth1Provider, startOAuth1Provider } from '../../support/fake-oauth1.js'
import type { Person } from '../../support/fake-oauth2.js'
import { ADA_AT_OP, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import type { FakeProvider } from '../../support/fake-provider.js'
import { actionOf, type HttpBrowser, type Page } from '../../support/http-browser.js'
import { AT_ACME, signInThrough, startTwoProviderApp, type TwoProviderApp } from '../../support/two-provider-app.js'

let pair: TwoProviderApp
let op: FakeOidc
let posting: FakeOidc
let oauth1App: OAuth1Provider
let clock = Date.now()

before(async () => {
  ;[op, posting] = [await startFakeOidc({ now: () => clock }), await startFakeOidc({ now: () => clock })]
  oauth1App = await startOAuth1Provider()
  const settings = {
    ...{ ...op.settings('op'), ...posting.settings('posting'), ...oauth1App.settings('trail') },
    ...{ PROVIDERS: 'acme,op,posting,trail', DEFAULT_PROVIDER: 'acme', POSTING_RESPONSE_MODE: 'form_post' },
  }
  pair = await startTwoProviderApp(settings, { now: () => clock++ })
})
after(async () => {
  await pair.stop()
  await Promise.all([op.stop(), posting.stop(), oauth1App.stop()])
})
beforeEach(async () => {
  await pair.sql('delete from users')
  for (const far of [pair, op, posting, oauth1App]) far.reset()
  clock = Date.now()
})

async function signedIn(person: Person): Promise<HttpBrowser> {
  const visitor = pair.newVisitor()
  assert.equal((await signInThrough('acme', pair, visitor, person)).status, 200)
  return visitor
}

interface Kind {
  name: string
  far: () => Pick<FakeProvider, 'calls'>
  /** Where it is asked once the answer has been believed. */
  spendsAt: string
  subject: string
}

const KINDS: Readonly<Record<string, Kind>> = {
  op: { name: 'OpenID Connect', far: () => op, spendsAt: '/token', subject: ADA_AT_OP.sub },
  posting: { name: 'OpenID Connect by form post', far: () => posting, spendsAt: '/token', subject: ADA_AT_OP.sub },
  trail: { name: 'OAuth 1.0a', far: () => oauth1App, spendsAt: '/oauth/access_token', subject: 'id-of-ada' },
}

for (const [provider, { name, far, spendsAt, subject }] of Object.entries(KINDS)) {
  describe(`A connection by ${name}`, () => {
    /** Up to the callback's URL, which is not opened yet. */
    async function askToConnect(visitor: HttpBrowser): Promise<string> {
      const consent = await visitor.open(movesTo(await act(visitor, `/account/connect/${provider}`)))
      return consent.location ?? (await postBack(visitor, consent))
    }

    test(`a connection with ${name} can be made, and signs its user in`, async () => {
      const laptop = await signedIn(AT_ACME.ada)
      const page = await laptop.follow(await askToConnect(laptop))
      assert.equal(page.url, `${pair.app.origin}/account`, page.text)
      assert.match(page.text, new RegExp(`${provider} is connected\\.`))
      assert.deepEqual(await connections(pair), ['ada acme 1', `ada ${provider} ${subject}`])

      const phone = pair.newVisitor()
      const consent = await phone.follow(`/login/${provider}`)
      if (consent.url.startsWith(posting.origin)) await phone.follow(await postBack(phone, consent))
      assert.equal((await sessionOf(phone)).user.id, (await sessionOf(laptop)).user.id)
    })

    test(`a connection with ${name} is refused if it belongs to another user`, async () => {
      const [laptop, desk] = [await signedIn(AT_ACME.ada), await signedIn(AT_ACME.grace)]
      await desk.follow(await askToConnect(desk))
      const before = await accountRows(pair)
      assertRefused(await laptop.follow(await askToConnect(laptop)), 409, 'link_conflict')
      assert.deepEqual(await accountRows(pair), before)
    })

    test(`ID-15 a linking with ${name} belongs to the session that started it, and uses nothing up in another`, async () => {
      const [victim, attacker] = [await signedIn(AT_ACME.ada), await signedIn(AT_ACME.grace)]
      const before = await accountRows(pair)
      const planted = await askToConnect(attacker)
      assertRefused(await victim.open(planted), 400, 'attempt_missing')
      for (const [cookie, value] of attacker.cookies()) {
        if (cookie.includes('-attempt-')) victim.cookies().set(cookie, value)
      }
      assertRefused(await victim.open(planted), 403, 'forbidden')
      assert.equal(far().calls(spendsAt), 0)
      assert.deepEqual(await accountRows(pair), before)
    })
  })
}

/** Sends the form of a provider's page; what is posted comes around once more by GET. */
async function postBack(visitor: HttpBrowser, page: Page): Promise<string> {
  const response = await visitor.submit(page, actionOf(page))
  assert.ok(response.location, response.text)
  return response.location
}
