import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { CODE_PRESETS } from '../../fixtures/presets/code.js'
import { CONSUMER_PRESETS } from '../../fixtures/presets/consumer.js'
import { IDENTITY_SERVERS } from '../../fixtures/presets/identity-servers.js'
import { OAUTH1_PRESETS } from '../../fixtures/presets/oauth1.js'
import { SOCIAL_PRESETS } from '../../fixtures/presets/social.js'
import { WORK_PRESETS } from '../../fixtures/presets/work.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { json } from '../../support/fake-provider.js'
import { fakePath } from '../../support/presets/route-to-fake.js'
import type { CodeScript, OpenIdScript, Script } from '../../support/presets/script.js'
import { type PresetApp, startPresetApp } from '../../support/presets/setup.js'

const { apple, google } = CONSUMER_PRESETS
const { okta } = IDENTITY_SERVERS
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })

/** The same row somewhere else: every URL of the script begins with another base. */
function movedTo<T extends Script>(script: T, from: string, to: string, settings: Record<string, string>): T {
  return { ...(JSON.parse(JSON.stringify(script).replaceAll(from, to)) as T), settings, refusals: [] }
}

const withOpenId = (script: CodeScript, change: (openId: OpenIdScript) => Partial<OpenIdScript>): CodeScript => {
  assert.ok(script.openId)
  return { ...script, openId: { ...script.openId, ...change(script.openId) } }
}

const oktaServer = movedTo(okta, 'https://acme.okta.com/oauth2', 'https://acme.okta.com/oauth2/default', {
  ISSUER: 'https://acme.okta.com/oauth2/default',
})

const SCRIPTS = {
  ...{ google, facebook: CONSUMER_PRESETS.facebook, x: SOCIAL_PRESETS.x, slack: WORK_PRESETS.slack },
  ...{ 'x-oauth1': OAUTH1_PRESETS['x-oauth1'], cognito: IDENTITY_SERVERS.cognito, github: CODE_PRESETS.github },
  apple: { ...apple, checkSecret: async () => {} },
  gitlab: movedTo(CODE_PRESETS.gitlab, 'https://gitlab.com', 'https://git.example.org/lab', {
    BASE_URL: 'https://git.example.org/lab',
  }),
  forge: movedTo(CODE_PRESETS.forgejo, 'https://codeberg.org', 'https://forge.example.org', {
    ...{ PRESET: 'forgejo', BASE_URL: 'https://forge.example.org/' },
  }),
  ghes: movedTo(
    movedTo(CODE_PRESETS.github, 'https://api.github.com', 'https://ghe.example.org/api/v3', {}),
    'https://github.com',
    'https://ghe.example.org',
    { PRESET: 'github', BASE_URL: 'https://ghe.example.org' },
  ),
  okta: withOpenId(oktaServer, () => ({ issuer: 'https://acme.okta.com/oauth2/default' })),
} satisfies Record<string, Script>

describe('Providers have habits', () => {
  let stage: PresetApp
  before(async () => {
    stage = await startPresetApp(SCRIPTS, { APPLE_PRIVATE_KEY: key.toString() })
  })
  after(() => stage.stop())

  async function enter(name: keyof typeof SCRIPTS, script: Script = SCRIPTS[name]) {
    stage.problems.length = 0
    stage.put(name, script)
    const visitor = stage.newVisitor()
    const page = await visitor.enter(name)
    assert.deepEqual(stage.problems, [])
    stage.put(name)
    return { page, user: (await sessionOf(visitor)).user }
  }

  test('ID-10 Apple posts a name once: it is shown, it stays, and nothing else that is posted counts', async () => {
    const first = await enter('apple')
    assert.equal(first.user.name, 'Ada Lovelace')
    assert.deepEqual([first.user.email, first.user.email_verified], ['h2g2@privaterelay.appleid.com', true])
    const again = await enter('apple', { ...SCRIPTS.apple, brings: {} })
    assert.deepEqual([again.user.id, again.user.name], [first.user.id, 'Ada Lovelace'])
    const liar = '{"sub":"1","email":"ceo@example.org","email_verified":true,"name":{"firstName":"Eve"}}'
    const posted = await enter('apple', { ...SCRIPTS.apple, brings: { user: liar } })
    assert.deepEqual([posted.user.id, posted.user.email], [first.user.id, 'h2g2@privaterelay.appleid.com'])
  })

  test('Apple may leave the nonce out only where the signed token says that it has none', async () => {
    const silent = (nonce_supported: boolean) =>
      withOpenId(SCRIPTS.apple, ({ claims }) => ({ claims: { ...claims, nonce_supported }, nonce: () => undefined }))
    assert.equal((await enter('apple', silent(false))).page.status, 200)
    assertRefused((await enter('apple', silent(true))).page, 502, 'id_token_invalid')
  })

  test('Slack without a nonce is refused, though it says the empty one', async () => {
    const forgetful = withOpenId(SCRIPTS.slack, () => ({ nonce: () => '' }))
    assertRefused((await enter('slack', forgetful)).page, 502, 'id_token_invalid')
  })

  test('Google is one issuer in two spellings, and one person in both', async () => {
    const { user } = await enter('google')
    const older = withOpenId(google, ({ claims }) => ({ claims: { ...claims, iss: 'accounts.google.com' } }))
    assert.equal((await enter('google', older)).user.id, user.id)
    const other = withOpenId(google, ({ claims }) => ({ claims: { ...claims, iss: 'http://accounts.google.com' } }))
    assertRefused((await enter('google', other)).page, 502, 'id_token_invalid')
  })

  test('X sends the address not to every app, and Facebook not for every user', async () => {
    const api = { ...SCRIPTS.x.api }
    stage.far.on(fakePath('https://api.x.com/2/users/me'), (seen, response) => {
      const isAddress = seen.query.get('user.fields') === 'confirmed_email'
      const profile = api['GET https://api.x.com/2/users/me?user.fields=profile_image_url']
      return (isAddress ? json({ title: 'Forbidden' }, 403) : json(profile))(seen, response)
    })
    const visitor = stage.newVisitor()
    assert.equal((await visitor.enter('x')).status, 200)
    const { user } = await sessionOf(visitor)
    assert.deepEqual([user.login, user.email, user.email_verified], ['ada', null, false])

    const nameless = {
      'GET https://graph.facebook.com/v24.0/me?fields=id,name,email,picture': { id: '7', name: 'Ada' },
    }
    const shy = await enter('facebook', { ...SCRIPTS.facebook, api: nameless })
    assert.deepEqual([shy.user.name, shy.user.email], ['Ada', null])
  })

  test('X with OAuth 1.0a sends a denial as `denied`, with the token in it', async () => {
    const { authorize } = SCRIPTS['x-oauth1']
    stage.far.on(fakePath(authorize), ({ query }, response) => {
      const back = `${stage.app.origin}/oauth/x-oauth1/callback?denied=${query.get('oauth_token')}`
      response.writeHead(302, { Location: back }).end()
    })
    const page = await stage.newVisitor().enter('x-oauth1')
    assertRefused(page, 403, 'provider_denied')
  })

  test('Amazon Cognito knows a blank in a query as %20 only', async () => {
    const { location = '' } = await stage.newVisitor().open('/login/cognito')
    assert.ok(location.includes('scope=openid%20profile%20email'), location)
    assert.ok(!location.includes('+'), location)
  })

  test('GitHub shows the repositories beside the profile', async () => {
    assert.ok((await enter('github')).page.text.includes('ada/engine'))
  })

  test('those that people run themselves are found where BASE_URL or ISSUER says', async () => {
    for (const name of ['gitlab', 'forge', 'ghes', 'okta'] as const) {
      const { page, user } = await enter(name)
      assert.equal(page.status, 200, page.text)
      assert.equal(user.login, 'ada', name)
    }
  })
})
