import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { PRESETS } from '../../src/providers/catalog.js'
import { countRows } from '../support/acme.js'
import { AcmeVisitor } from '../support/acme-visitor.js'
import type { Settings } from '../support/app.js'
import { type FakeProvider, startFakeProvider, wayBack } from '../support/fake-provider.js'
import { runSql } from '../support/sql.js'
import { startWatchedApp, type WatchedApp } from '../support/watched-app.js'

const KEY = randomToken()
const PROVIDERS = ['acme', ...Object.keys(PRESETS)]

let far: FakeProvider
let app: WatchedApp

before(async () => {
  far = await startFakeProvider()
  const clients = PROVIDERS.map((name): Settings => {
    const prefix = name.toUpperCase().replaceAll('-', '_')
    return { [`${prefix}_CLIENT_ID`]: 'us', [`${prefix}_CLIENT_SECRET`]: 'ours' }
  })
  const settings: Settings = Object.assign({}, ...clients, far.settings())
  app = await startWatchedApp({ ...settings, PROVIDERS: PROVIDERS.join(), SECRET_KEYS: KEY })
})
after(async () => {
  await app.stop()
  await far.stop()
})

describe('A sign-in that begins', () => {
  /** Where the retry link of a refused answer leads in the end. */
  async function keptPath(provider: string, returnTo: string): Promise<string | null> {
    const visitor = new AcmeVisitor(app.origin)
    const { location = '' } = await visitor.open(`/login/${provider}?${new URLSearchParams({ return_to: returnTo })}`)
    const page = await visitor.open(wayBack(location, { error: 'access_denied' }))
    assert.equal(page.status, 403, page.text)
    const href = /href="(\/login\/[^"]+)"/.exec(page.text)?.[1]
    return new URL(href?.replaceAll('&amp;', '&') ?? '', page.url).searchParams.get('return_to')
  }

  for (const provider of PROVIDERS) {
    it(`OR-49 at ${provider} has its return path judged, like every other`, async () => {
      assert.equal(await keptPath(provider, '/profile?tab=1'), '/profile?tab=1')
      for (const path of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/login']) {
        assert.equal(await keptPath(provider, path), '/', path)
      }
    })
  }

  it('ST-27 keeps what it needs of a request, and nothing else that stands there', async () => {
    const visitor = new AcmeVisitor(app.origin)
    await visitor.begin('/login/acme?return_to=/profile&csrf=planted&state=planted&provider=planted&user=planted')
    const [name = ''] = visitor.attempts
    const context = `attempt ${name.slice('vestibule-attempt-'.length)}`
    const sealed = visitor.cookies().get(name) ?? ''
    const attempt = JSON.parse(createKeyring([KEY]).sealer('attempt').open(sealed, context) ?? '')
    const parts = ['browser', 'codeVerifier', 'provider', 'redirectUri', 'returnTo', 'startedAt', 'state']
    assert.deepEqual(Object.keys(attempt).sort(), parts)
    assert.deepEqual([attempt.provider, attempt.returnTo], ['acme', '/profile'])
    assert.doesNotMatch(JSON.stringify(attempt), /planted/)
  })

  it('DS-01 and never ends leaves nothing in the database, and a bounded heap of cookies', async () => {
    const visitor = new AcmeVisitor(app.origin)
    const paths = Array.from({ length: 300 }, (_, index) => `/login/acme?return_to=/${index}${'x'.repeat(index * 3)}`)
    for (const path of paths) await visitor.begin(path)
    const cookies = [...visitor.cookies()]
    assert.ok(cookies.length <= 5 && cookies.join().length <= 6_500, `${cookies.length} cookies`)
    const sql = (statement: string) => runSql(`sqlite:${app.db.name}`, statement)
    assert.deepEqual(await countRows({ sql }), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
    assert.equal(app.count('used_attempts'), 0)
  })
})
