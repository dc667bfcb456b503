// What a renewal and a new sign-in take from before, and what they do not.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from '../../support/account-actions.js'
import { sessionOf, signIn, startAcme } from '../../support/acme-app.js'
import { type Settings, startApp, type TestApp } from '../../support/app.js'
import { type CertifiedProvider, startCertifiedProvider } from '../../support/certified-provider.js'
import { addPage } from '../../support/developer-page.js'
import { startFakeOidc } from '../../support/fake-oidc.js'
import { HttpBrowser, type Page } from '../../support/http-browser.js'
import { startOidcApp } from '../../support/oidc-app.js'

const HOUR_MS = 3_600_000

let clock = Date.now()
const overrides = { now: () => clock }

test('P1 a refresh that describes the user removes an address that is gone, also without a rule', async () => {
  const site = await startOidcApp({ settings: { ALLOWED_USERS: '*' }, overrides })
  try {
    const ask = addPage(site.app)
    const verified = { email: 'ada@example.org', email_verified: true }
    site.far.override({ metadata: { userinfo_endpoint: undefined }, claims: verified, refresh: { claims: {} } })
    const ada = site.newVisitor()
    await signIn(site, ada)
    assert.equal((await sessionOf(ada)).user.email_verified, true)
    clock += HOUR_MS
    await ask(ada, async ctx => (await ctx.provider('op').get(`${site.far.issuer}/userinfo`)).status)
    assert.equal(site.far.refreshes.granted, 1)
    const { email, email_verified } = (await sessionOf(ada)).user
    assert.deepEqual([email, email_verified], [null, false])
  } finally {
    await site.stop()
  }
})

test('P1 a rule about groups that comes with a restart reads the groups of an earlier sign-in', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-claims-'))
  const op = await startFakeOidc(overrides)
  const settings = {
    ...op.settings('op'),
    SECRET_KEYS: randomBytes(32).toString('base64url'),
    ...{ OP_API_BASE_URL: `${op.issuer}/`, DATABASE_URL: `sqlite:${join(folder, 'vestibule.db')}` },
  }
  let app: TestApp | undefined
  try {
    op.override({ claims: { groups: ['staff'] }, refresh: { token: { id_token: undefined } } })
    app = await startApp({ ...settings, ALLOWED_USERS: '*' }, overrides)
    const ada = new HttpBrowser(app.origin)
    assert.equal((await ada.follow('/')).status, 200)
    const port = new URL(app.origin).port
    await app.stop()

    app = await startApp({ ...settings, ALLOWED_USERS: 'group:op:staff', PORT: port }, overrides)
    const ask = addPage(app)
    clock += HOUR_MS
    const { result: reported } = await ask<number>(ada, async ctx => (await ctx.provider('op').get('/userinfo')).status)
    assert.deepEqual([reported, op.refreshes.granted], [200, 1])
    assert.equal((await sessionOf(ada)).signed_in, true)
  } finally {
    await app?.stop()
    await op.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('P1 a new sign-in takes nothing from the one before: neither groups, address nor scope', async () => {
  const acme = await startAcme({ ALLOWED_USERS: '*', ROLE_RULES: 'a=group:acme:staff', ACME_SCOPE: 'read write' })
  try {
    acme.far.tokens.gives({ more: { scope: 'read' } })
    acme.far.atKeyboard({ id: 1, email: 'ada@example.org', email_verified: true, groups: ['staff'] })
    await signIn(acme)
    acme.far.tokens.gives({ more: {} })
    acme.far.atKeyboard({ id: 1 })
    const { roles, email } = await signIn(acme)
    assert.deepEqual([roles, email], [[], null])
    // RFC 6749, 5.1: what was granted is what was asked for just now.
    assert.deepEqual(await acme.sql('select scope from provider_tokens'), [{ scope: null }])
    assert.deepEqual(await acme.sql('select groups, raw_profile from identities'), [
      { groups: '[]', raw_profile: '{"id":1}' },
    ])
  } finally {
    await acme.stop()
  }
})

test('P1 a new sign-in of the oldest connection updates the address of the account', async () => {
  const acme = await startAcme()
  try {
    acme.far.atKeyboard({ id: 1, login: 'ada', email: 'ada@example.org', email_verified: true })
    const ada = acme.newVisitor()
    await signIn(acme, ada)
    acme.far.atKeyboard({ id: 1, login: 'ada' })
    await connect(ada, 'acme')
    assert.deepEqual(await acme.sql('select email, email_verified from users'), [{ email: null, email_verified: 0 }])
  } finally {
    await acme.stop()
  }
})

for (const claimsInIdToken of [undefined, true] as const) {
  const where = claimsInIdToken ? 'the ID token and the userinfo' : 'the userinfo'
  describe(`P1 A certified OpenID provider that says groups in ${where}`, () => {
    const SECRET = 'a secret with % and +, as long as it has to be'
    let certified: CertifiedProvider
    let app: TestApp
    let ahead = 0
    before(async () => {
      certified = await startCertifiedProvider({ accessTokenSeconds: 120, ...(claimsInIdToken && { claimsInIdToken }) })
      certified.says('ada', { groups: ['staff', 'writers'] })
      app = await startApp(settingsOf(certified, SECRET), { now: () => Date.now() + ahead })
      certified.register({
        ...{ client_id: 'client of acme', client_secret: SECRET },
        redirect_uris: [`${app.origin}/oauth/acme/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
      })
    })
    after(async () => {
      await app.stop()
      await certified.stop()
    })

    test(`P1 groups in ${where} that a certified OpenID provider no longer sends in ${where} end roles and admission`, async () => {
      const ask = addPage(app)
      const ada = new HttpBrowser(app.origin)
      const me = () => ask(ada, async ctx => (await ctx.provider('acme').get('/me')).status)
      await ada.follow((await choose(ada, await ada.follow('/'))).location ?? '')
      assert.deepEqual((await sessionOf(ada)).user.roles, ['editor'])
      certified.says('ada', { groups: ['staff'] })
      ahead += 120_000
      assert.equal((await me()).result, 200)
      assert.deepEqual((await sessionOf(ada)).user.roles, [])
      certified.says('ada', { groups: undefined })
      ahead += 120_000
      assert.equal((await me()).status, 403)
      assert.deepEqual(await sessionOf(ada), { signed_in: false })
    })
  })
}

const settingsOf = (certified: CertifiedProvider, secret: string): Settings => ({
  ...{ PROVIDERS: 'acme', DEFAULT_PROVIDER: 'acme', ACME_PROTOCOL: 'oidc', ACME_ISSUER: certified.issuer },
  ...{ ACME_API_BASE_URL: `${certified.issuer}/`, ACME_CLIENT_ID: 'client of acme', ACME_CLIENT_SECRET: secret },
  ...{ ACME_SCOPE: 'openid profile email groups offline_access', ACME_AUTHORIZE_PARAMS: 'prompt=consent' },
  ...{ ALLOWED_USERS: 'group:acme:staff', ROLE_RULES: 'editor=group:acme:writers' },
})

async function choose(visitor: HttpBrowser, page: Page): Promise<Page> {
  assert.ok(page.text.includes('<button name="person"'), page.text)
  return visitor.submit(page, '', { person: 'ada' })
}
