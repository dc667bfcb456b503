import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, afterEach, before, describe, test } from 'node:test'
import { createKeyring } from '../../../src/crypto/keys.js'
import { randomToken } from '../../../src/crypto/random.js'
import { PRESETS } from '../../../src/providers/catalog.js'
import type { Preset } from '../../../src/providers/provider.js'
import { countRows } from '../../support/acme-app.js'
import { AcmeBrowser, retryPath } from '../../support/acme-browser.js'
import type { Settings } from '../../support/app.js'
import { callbackUrl, type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { actionOf, HttpBrowser } from '../../support/http-browser.js'
import { bySignal } from '../../support/signal-deadline.js'
import { runSql } from '../../support/sql.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const KEY = randomToken()
const PROVIDERS = ['acme', 'poster', ...Object.keys(PRESETS)]
const HOSTILE = ['//evil.example', 'https://evil.example/', '/\\evil.example', '/.//evil.example', '/login', '/oauth/x']

let fake: FakeProvider
let app: WatchedApp
/** While true, every call of ours to a provider has run out of time before it begins. */
let isUnreachable = false

const ecKey = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey

/** What a preset cannot do without, by the ends of the settings' names. */
function needsOf(preset: Preset): Settings {
  if (preset.development) return {}
  const base: Settings = typeof preset.baseUrl === 'object' ? { BASE_URL: preset.baseUrl.example } : {}
  return 'createClientSecret' in preset
    ? { ...base, CLIENT_ID: 'us', TENANT: 'A1B2C3D4E5', KEY_ID: 'F6G7H8I9J0', PRIVATE_KEY: ecKey }
    : { ...base, CLIENT_ID: 'us', CLIENT_SECRET: 'ours' }
}

const settingsOf = (name: string, needs: Settings): Settings =>
  Object.fromEntries(
    Object.entries(needs).map(([suffix, value]) => [`${name.toUpperCase().replaceAll('-', '_')}_${suffix}`, value]),
  )

before(async () => {
  fake = await startFakeProvider()
  const presets = Object.entries(PRESETS).map(([name, preset]) => settingsOf(name, needsOf(preset)))
  // The OpenID Connect server once more, with its responses posted.
  const poster = settingsOf('poster', { PRESET: 'dev-oidc', CLIENT_ID: 'poster', RESPONSE_MODE: 'form_post' })
  const settings: Settings = Object.assign({}, ...presets, poster, fake.settings())
  const deadline = bySignal(ms => (isUnreachable ? AbortSignal.abort() : AbortSignal.timeout(ms)))
  const more = { PROVIDERS: PROVIDERS.join(), SECRET_KEYS: KEY, ACCOUNT_LINKING: 'never' }
  app = await startWatchedApp({ ...settings, ...more }, { deadline })
})
afterEach(() => {
  isUnreachable = false
})
after(async () => {
  await app?.stop()
  await fake.stop()
})

/** Goes through a protocol of the development provider, or through acme, to the very end. */
async function endOf(provider: string, returnTo: string): Promise<string> {
  const visitor = new HttpBrowser(app.origin)
  const start = `/login/${provider}?${new URLSearchParams({ return_to: returnTo })}`
  let page = await visitor.follow(start)
  if (provider === 'acme') page = await visitor.follow(callbackUrl(page.url))
  while (page.text.includes('<form') && !page.url.startsWith(app.origin)) {
    const next = await visitor.submit(page, actionOf(page), { person: 'ada' })
    page = next.location ? await visitor.follow(next.location) : next
  }
  assert.equal(page.status, 200, page.text)
  return page.url
}

describe('A sign-in that begins', () => {
  /** Where the retry link leads in the end: of an answer that was refused, or of a start. */
  async function storedPath(provider: string, returnTo: string): Promise<string | null> {
    const visitor = new AcmeBrowser(app.origin)
    const start = await visitor.open(`/login/${provider}?${new URLSearchParams({ return_to: returnTo })}`)
    const isOff = start.status === 303
    const page = isOff ? await visitor.open(callbackUrl(start.location ?? '', { error: 'access_denied' })) : start
    assert.equal(page.status, isOff ? 403 : 502, page.text)
    return retryPath(page, provider)
  }

  for (const provider of PROVIDERS) {
    test(`OR-49 the return path of a sign-in at ${provider} is checked like every other`, async () => {
      isUnreachable = true
      assert.equal(await storedPath(provider, '/profile?tab=1'), '/profile?tab=1')
      for (const path of HOSTILE) assert.equal(await storedPath(provider, path), '/', path)
    })
  }

  // OAuth 2.0 at two, OpenID Connect with its answer in the URL and posted, and OAuth 1.0a.
  for (const provider of ['acme', 'dev', 'dev-oidc', 'poster', 'dev-oauth1']) {
    test(`OR-49 a sign-in with ${provider} ends only at an allowed path`, async () => {
      assert.equal(await endOf(provider, '/?tab=1'), `${app.origin}/?tab=1`)
      for (const path of HOSTILE) assert.equal(await endOf(provider, path), `${app.origin}/`, path)
    })
  }

  test('ST-27 the start of a sign-in keeps the parameters that it needs, and no others', async () => {
    const visitor = new AcmeBrowser(app.origin)
    await visitor.startSignIn('/login/acme?return_to=/profile&csrf=planted&state=planted&provider=planted&user=planted')
    const [name = ''] = visitor.attempts
    const sealed = visitor.cookies().get(name) ?? ''
    const attempt = JSON.parse(createKeyring([KEY]).sealer('attempt').open(sealed, 'attempt') ?? '')
    const parts = ['browser', 'codeVerifier', 'provider', 'redirectUri', 'returnTo', 'startedAt', 'state']
    assert.deepEqual(Object.keys(attempt).sort(), parts)
    assert.deepEqual([attempt.provider, attempt.returnTo], ['acme', '/profile'])
    assert.doesNotMatch(JSON.stringify(attempt), /planted/)
  })

  test('DS-01 a sign-in that never ends leaves nothing in the database, and a limited number of cookies', async () => {
    const rows = async () => {
      const counts = await countRows({ sql: statement => runSql(`sqlite:${app.db.name}`, statement) })
      return { ...counts, used_attempts: app.count('used_attempts') }
    }
    const before = await rows()
    const visitor = new AcmeBrowser(app.origin)
    const paths = Array.from({ length: 300 }, (_, index) => `/login/acme?return_to=/${index}${'x'.repeat(index * 3)}`)
    for (const path of paths) await visitor.startSignIn(path)
    const cookies = [...visitor.cookies()]
    assert.ok(cookies.length <= 8 && visitor.cookieHeader().length <= 6_000, `${cookies.length} cookies`)
    assert.deepEqual(await rows(), before)
  })
})
