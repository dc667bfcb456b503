// What an account is called, and what it keeps of its connections, as they come and go.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { act, connect, disconnect, revokedTokens } from '../../support/account-actions.js'
import { sessionOf } from '../../support/acme-app.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import {
  AT_ACME,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

/** As bolt knows Ada. */
const COUNTESS = personOf('countess', 9001, { email: 'ada@lovelace.example' })

let pair: TwoProviderApp
let clock = Date.now()
let laptop: HttpBrowser
before(async () => {
  const settings = (acme: TwoProviderApp['acme'], bolt: TwoProviderApp['bolt']) => ({
    ...acme.laterSettings(),
    ...bolt.laterSettings(),
  })
  pair = await startTwoProviderApp(settings, { now: () => clock++ })
})
after(() => pair.stop())
beforeEach(async () => {
  await pair.sql('delete from users')
  pair.reset()
  clock = Date.now()
  laptop = pair.newVisitor()
  await signInThrough('acme', pair, laptop, AT_ACME.ada)
  pair.bolt.useBrowser(laptop, COUNTESS)
})

const user = async (visitor = laptop) => (await sessionOf(visitor)).user
const calledOf = async (visitor?: HttpBrowser) => {
  const { name, login, email, email_verified } = await user(visitor)
  return { name, login, email, email_verified }
}
const ADA = { name: 'Ada', login: 'ada', email: 'ada@example.org', email_verified: true }

test('an account has the name of its oldest connection, with any connection that signs in', async () => {
  await connect(laptop, 'bolt')
  assert.deepEqual(await calledOf(), ADA)
  const phone = pair.newVisitor()
  await signInThrough('bolt', pair, phone, COUNTESS)
  assert.deepEqual(await calledOf(phone), ADA)

  await signInThrough('acme', pair, phone, { ...AT_ACME.ada, name: 'Ada King', login: 'ada-king' })
  assert.deepEqual(await calledOf(phone), { ...ADA, name: 'Ada King', login: 'ada-king' })
})

test('an account gets the name of the next connection when the oldest is removed', async () => {
  await connect(laptop, 'bolt')
  const phone = pair.newVisitor()
  await signInThrough('bolt', pair, phone, COUNTESS)
  await disconnect(laptop, pair, 'acme')
  const { login, email, email_verified } = await calledOf(phone)
  assert.deepEqual([login, email, email_verified], ['countess', 'ada@lovelace.example', true])

  await signInThrough('bolt', pair, phone, COUNTESS)
  assert.equal((await calledOf(phone)).name, 'Countess')
})

test('an account keeps its name when a newer connection is removed', async () => {
  await connect(laptop, 'bolt')
  await disconnect(laptop, pair, 'bolt')
  assert.deepEqual(await calledOf(), ADA)
})

test('ID-02 an address that only the removed connection had verified is not verified any more', async () => {
  pair.bolt.useBrowser(laptop, { ...COUNTESS, email_verified: false })
  await connect(laptop, 'bolt')
  const phone = pair.newVisitor()
  await signInThrough('bolt', pair, phone, { ...COUNTESS, email_verified: false })
  await disconnect(laptop, pair, 'acme')
  const { email, email_verified } = await calledOf(phone)
  assert.deepEqual([email, email_verified], ['ada@lovelace.example', false])

  const stranger = pair.newVisitor()
  assert.equal((await signInThrough('acme', pair, stranger, personOf('ada', 77))).status, 200)
  assert.notEqual((await user(stranger)).id, (await user(phone)).id)
})

describe('The tokens of a connection', () => {
  /** The token that is given back when bolt is disconnected. */
  async function storedToken(): Promise<string> {
    const revoked = revokedTokens(pair.bolt)
    await disconnect(laptop, pair, 'bolt')
    await revoked
    return pair.bolt.tokens.givenBack[0]?.token ?? ''
  }

  const rowOfBolt = async () => {
    const [row] = await pair.sql("select id, reconnect_since from identities where provider = 'bolt'")
    assert.ok(row)
    return row
  }

  test('a connection keeps the refresh token of the first consent if a later sign-in brings no new one', async () => {
    pair.bolt.tokens.gives({ refresh: 'said once' })
    await connect(laptop, 'bolt')
    pair.bolt.tokens.gives({ refresh: 'none' })
    const phone = pair.newVisitor()
    await signInThrough('bolt', pair, phone, COUNTESS)
    await connect(laptop, 'bolt')
    assert.match(await storedToken(), /^refresh-/)
  })

  test('the tokens of a connection are those of the last sign-in, where it brings a refresh token', async () => {
    for (const refresh_token of ['refresh-of-the-first', 'refresh-of-the-last']) {
      pair.bolt.tokens.gives({ more: { refresh_token } })
      await connect(laptop, 'bolt')
    }
    assert.equal(await storedToken(), 'refresh-of-the-last')
  })

  test('a connection works again after reconnecting, and the refused refresh token is gone', async () => {
    pair.bolt.tokens.gives({ refresh: 'said once' })
    await connect(laptop, 'bolt')
    const { id } = await rowOfBolt()
    await pair.sql(`update identities set reconnect_since = 1 where id = '${id}'`)
    assert.match((await laptop.open('/account')).text, /Needs to be reconnected/)

    pair.bolt.tokens.gives({ refresh: 'none' })
    assert.match((await connect(laptop, 'bolt')).text, /bolt is connected again/)
    assert.deepEqual(await rowOfBolt(), { id, reconnect_since: null })
    assert.doesNotMatch((await laptop.open('/account')).text, /Needs to be reconnected/)
    assert.match(await storedToken(), /^token-of-/)
  })

  test('a connection works again after a sign-in with it', async () => {
    await connect(laptop, 'bolt')
    await pair.sql("update identities set reconnect_since = 1 where provider = 'bolt'")
    await signInThrough('bolt', pair, pair.newVisitor(), COUNTESS)
    assert.equal((await rowOfBolt()).reconnect_since, null)
  })

  test('the tokens of a connection are deleted with it, also if the provider does not revoke them', async () => {
    await connect(laptop, 'bolt')
    pair.bolt.tokens.failRevocation('error')
    const revoked = revokedTokens(pair.bolt)
    const { id } = await rowOfBolt()
    assert.equal((await act(laptop, `/account/connections/${id}/disconnect`)).status, 303)
    await revoked
    assert.deepEqual(await pair.sql(`select 1 from provider_tokens where identity_id = '${id}'`), [])
  })
})
