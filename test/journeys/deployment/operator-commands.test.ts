import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { eventsOf } from '../../support/account-actions.js'
import { type Acme, sessionOf, startAcme } from '../../support/acme-app.js'
import { startApp } from '../../support/app.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { Installed } from '../../support/installed.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'
import { renameFakeOidc } from '../../support/renamed-fake-oidc.js'

const SECRET_KEYS = randomToken()
const HOUR = 3_600_000

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

/** The operator's command, on the database that an app is using. */
async function command(settings: Record<string, string>, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await installed.run(args, { SECRET_KEYS, ...settings })
  assert.deepEqual([code, stderr], [0, ''], stdout)
  return stdout
}

describe('An account that the operator deletes', () => {
  let acme: Acme<FakeOAuth2>
  let now = Date.now()
  before(async () => {
    acme = await startAcme(far => ({ ...far.laterSettings('acme'), SECRET_KEYS }), { now: () => now })
    acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  })
  after(() => acme.stop())

  const settings = () => ({
    ...acme.far.settings('acme'),
    ...acme.far.laterSettings('acme'),
    DATABASE_URL: acme.databaseUrl,
  })

  test('B-07 an account that the operator deletes is signed out within five seconds, its tokens are revoked, and its user can sign in to a new account', async () => {
    const visitor = acme.newVisitor()
    await visitor.follow('/')
    const { id } = (await sessionOf(visitor)).user
    const message = await command(settings(), 'users', 'delete', '--yes', 'ada')
    assert.match(message, /is deleted, with 1 connection and 1 session\. The tokens of 1 connection were revoked\. /)
    const hints = acme.far.tokens.givenBack.map(({ hint }) => hint)
    assert.deepEqual(hints, ['refresh_token', 'access_token'])
    now += 5_000
    assert.deepEqual(await sessionOf(visitor), { signed_in: false })
    assert.match((await visitor.follow('/')).text, /You have been signed out/)
    await visitor.follow('/login/acme')
    assert.notEqual((await sessionOf(visitor)).user.id, id)
  })

  test('B-07 an account is deleted also if its provider cannot revoke tokens now, and the command says so', async () => {
    const visitor = acme.newVisitor()
    await visitor.follow('/')
    const { id } = (await sessionOf(visitor)).user
    acme.far.on('/revoke', (_, response) => void response.writeHead(503).end())
    const { code, stdout, stderr } = await installed.run(['users', 'delete', '--yes', id], {
      SECRET_KEYS,
      ...settings(),
    })
    assert.equal(code, 0)
    assert.match(stdout, /is deleted, with 1 connection/)
    assert.match(stderr, /^Tokens could not be revoked at acme: .*503.*\. They end there by themselves\.\n$/)
    for (const secret of ['token-of', 'refresh-of', 'secret-at']) assert.ok(!stderr.includes(secret), stderr)
    assert.deepEqual(await acme.sql('select * from users'), [])
  })
})

describe('A provider whose issuer gets another name', () => {
  let site: OidcApp
  before(async () => {
    site = await startOidcApp({ settings: { SECRET_KEYS } })
  })
  after(() => site.stop())

  test('B-04 after identities move, the users of a renamed issuer keep their accounts and stay signed in', async () => {
    const visitor = site.newVisitor()
    await visitor.follow('/')
    const { id } = (await sessionOf(visitor)).user
    const renamed = `http://localhost:${new URL(site.far.issuer).port}`
    renameFakeOidc(site.far, renamed)
    const settings = { ...site.far.settings('op'), OP_ISSUER: renamed, SECRET_KEYS, DATABASE_URL: site.databaseUrl }
    const moving = ['identities', 'move', '--provider', 'op', '--from-issuer', site.far.issuer, '--to-issuer', renamed]
    assert.match(await command(settings, ...moving, '--dry-run'), /^1 identity would go /)
    assert.match(await command(settings, ...moving), /^1 identity went /)
    const app = await startApp(settings)
    try {
      const back = new HttpBrowser(app.origin)
      await back.follow('/')
      assert.equal((await sessionOf(back)).user.id, id)
      assert.equal((await sessionOf(visitor)).user.id, id)
    } finally {
      await app.stop()
    }
  })
})

describe('Two accounts of one person', () => {
  let acme: Acme<FakeOAuth2>
  let now = Date.now()
  before(async () => {
    acme = await startAcme({ SECRET_KEYS, ACCOUNT_LINKING: 'never' }, { now: () => now })
  })
  after(() => acme.stop())

  test('B-03 users merge makes two accounts one, with the events of both, and both connections sign in', async () => {
    const [one, other] = [acme.newVisitor(), acme.newVisitor()]
    await one.follow('/')
    const { id } = (await sessionOf(one)).user
    now += HOUR
    acme.knows({ id: 77, login: 'ada2', name: 'Ada', email: 'ada@example.org' })
    await other.follow('/')
    const second = (await sessionOf(other)).user
    assert.notEqual(second.id, id)
    const settings = { ...acme.far.settings('acme'), DATABASE_URL: acme.databaseUrl }
    await command(settings, 'users', 'merge', '--yes', id, second.id)
    now += 5_000
    assert.deepEqual(await sessionOf(other), { signed_in: false })
    assert.equal((await sessionOf(one)).user.id, id)
    await other.follow('/login/acme')
    assert.equal((await sessionOf(other)).user.id, id)
    const events = await eventsOf(acme, id)
    assert.deepEqual(
      events.filter(event => !event.startsWith('accounts-merged')),
      ['signed-in acme new_account', 'signed-in acme new_account', 'signed-in acme'],
    )
    assert.match((await one.open('/account')).text, /An administrator merged another account into this one/)
  })
})
