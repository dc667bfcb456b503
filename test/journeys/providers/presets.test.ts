import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { jwtVerify } from 'jose'
import { PRESETS } from '../../../src/providers/catalog.js'
import { ERROR_PAGES, isErrorCode } from '../../../src/web/errors/error-pages.js'
import { CODE_PRESETS } from '../../fixtures/presets/code.js'
import { CONSUMER_PRESETS } from '../../fixtures/presets/consumer.js'
import { IDENTITY_SERVERS } from '../../fixtures/presets/identity-servers.js'
import { MICROSOFT } from '../../fixtures/presets/microsoft.js'
import { OAUTH1_PRESETS } from '../../fixtures/presets/oauth1.js'
import { SOCIAL_PRESETS } from '../../fixtures/presets/social.js'
import { WORK_PRESETS } from '../../fixtures/presets/work.js'
import { SAMPLE_USERS } from '../../providers/sample-users.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { isSigned, type Script } from '../../support/presets/script.js'
import { clientOf, type PresetApp, startPresetApp } from '../../support/presets/setup.js'

const appleKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Apple's own check of the secret that is made for each request. */
async function checkAppleSecret(secret: string): Promise<void> {
  const { payload, protectedHeader } = await jwtVerify(secret, appleKey.publicKey, {
    ...{ issuer: 'A1B2C3D4E5', subject: clientOf('apple').clientId, audience: 'https://appleid.apple.com' },
    algorithms: ['ES256'],
    requiredClaims: ['iat', 'exp'],
  })
  assert.equal(protectedHeader.kid, 'F6G7H8I9J0')
  assert.ok((payload.exp ?? 0) - (payload.iat ?? 0) <= 15_777_000)
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  ...CODE_PRESETS,
  ...CONSUMER_PRESETS,
  apple: { ...CONSUMER_PRESETS.apple, checkSecret: checkAppleSecret },
  ...MICROSOFT,
  ...IDENTITY_SERVERS,
  ...SOCIAL_PRESETS,
  ...WORK_PRESETS,
  ...OAUTH1_PRESETS,
}

const IN_DEPTH =
  'github google microsoft apple facebook gitlab discord slack linkedin x x-oauth1 keycloak auth0 okta'.split(' ')

describe('Each built-in provider, in front of something shaped like it', () => {
  let stage: PresetApp
  before(async () => {
    const key = appleKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    stage = await startPresetApp(SCRIPTS, { APPLE_PRIVATE_KEY: key })
  })
  after(() => stage.stop())
  beforeEach(() => {
    stage.problems.length = 0
  })

  test('each preset has a fake provider of its shape, with several kinds of refusal where the preset is tested in depth', () => {
    const names = Object.keys(PRESETS).filter(name => !PRESETS[name]?.development)
    assert.deepEqual(Object.keys(SCRIPTS).sort(), names.sort())
    for (const name of IN_DEPTH) assert.ok((SCRIPTS[name]?.refusals?.length ?? 0) >= 3, name)
  })

  for (const [name, script] of Object.entries(SCRIPTS)) {
    test(`ID-03 the preset ${name} signs in the user that its fake provider describes`, async () => {
      const visitor = stage.newVisitor()
      const page = await visitor.enter(name)
      assert.deepEqual(stage.problems, [])
      assert.equal(page.status, 200, page.text)
      const reported = SAMPLE_USERS[name]
      const { user, provider } = await sessionOf(visitor)
      assert.deepEqual([provider, user?.login], [name, reported?.login], page.text)
      assert.deepEqual(user.email === null ? null : user.email_verified, reported?.verified)
      // Read once more, live, with the token of the sign-in; where nobody can be asked, the page says so.
      const live = Object.keys(script.api).length > 0
      assert.equal(page.text.includes(`<code>${reported?.subject.replaceAll('"', '&quot;')}</code>`), live, page.text)
    })

    for (const refusal of script.refusals ?? []) {
      test(`the preset ${name} ends with ${refusal.code} if ${refusal.what}`, async () => {
        const { code, providerMessage: message } = refusal
        assert.ok(isErrorCode(code))
        const page = await stage.refuse(name, refusal)
        assertRefused(page, ERROR_PAGES[code].status, code)
        if (message !== undefined) assert.ok(page.text.includes(message), page.text)
        assert.deepEqual(stage.problems, [])
      })
    }
  }

  test('each script is walked in the protocol of its row', () => {
    for (const [name, script] of Object.entries(SCRIPTS)) {
      const spoken = isSigned(script) ? 'oauth1' : script.openId ? 'oidc' : 'oauth2'
      assert.equal(PRESETS[name]?.protocol, spoken, name)
    }
  })
})
