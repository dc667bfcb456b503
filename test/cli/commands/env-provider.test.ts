import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printProviderEnv } from '../../../src/cli/commands/env.js'
import { readEnvText } from '../../../src/config/env-file.js'
import type { KnownProviderSettings } from '../../../src/config/load.js'
import { REQUIRED_SETTINGS } from '../../../src/config/provider/read-provider.js'
import { PRESETS, presetCatalog } from '../../../src/providers/catalog.js'
import { inProd, issuesInProd } from '../../config/parse-settings.js'

const LOCAL = { environment: 'local', url: 'http://localhost:3000' }
const NOTHING_SET: Partial<KnownProviderSettings> = {}

function run(name: string | undefined, app = LOCAL, { known = NOTHING_SET, more = [] as string[] } = {}) {
  const written: string[] = []
  const errorTexts: string[] = []
  const code = printProviderEnv(['--provider', ...(name === undefined ? [] : [name]), ...more], {
    catalog: presetCatalog(),
    withAppUrl: (provider, command) =>
      command({
        ...{ ...app, preset: undefined, protocol: undefined, callbackPath: `/oauth/${provider}/callback` },
        ...known,
      }),
    stdout: { write: text => written.push(text) },
    stderr: { write: text => errorTexts.push(text) },
  })
  return { code, text: written.join(''), errorText: errorTexts.join('') }
}

/** The settings of printed lines, which our own reader has to read. */
function parse(text: string): Record<string, string> {
  const { values, issues } = readEnvText(text)
  assert.deepEqual(issues, [])
  return { ...values }
}

test('the lines for a preset are what it needs, with the exact callback URL', () => {
  const { code, text } = run('github', { environment: 'prod', url: 'https://login.example.org/auth' })
  assert.equal(code, 0)
  assert.match(text, /^# {3}https:\/\/login\.example\.org\/auth\/oauth\/github\/callback$/m)
  assert.match(text, /env\/prod\/\.env\.secret/)
  assert.deepEqual(parse(text), { GITHUB_CLIENT_ID: '', GITHUB_CLIENT_SECRET: '' })
})

test('some presets need more, and some less', () => {
  assert.deepEqual(Object.keys(parse(run('keycloak').text)).sort(), [
    'KEYCLOAK_BASE_URL',
    'KEYCLOAK_CLIENT_ID',
    'KEYCLOAK_CLIENT_SECRET',
  ])
  const apple = run('apple').text
  assert.deepEqual(Object.keys(parse(apple)).sort(), [
    'APPLE_CLIENT_ID',
    'APPLE_KEY_ID',
    'APPLE_PRIVATE_KEY_FILE',
    'APPLE_TENANT',
  ])
  assert.match(apple, /Apple accepts no callback URL on http/)
  assert.equal(parse(run('microsoft').text).MICROSOFT_TENANT, 'common')
  assert.deepEqual(parse(run('dev').text), {})
})

test('filled in, the lines of every preset are a configuration without a fault', () => {
  const examples: Record<string, string> = { TENANT: 'A1B2C3D4E5', KEY_ID: 'F6G7H8I9J0' }
  for (const [name, preset] of Object.entries(PRESETS)) {
    if (preset.development || 'createClientSecret' in preset) continue
    const lines = parse(run(name).text.replace('# PROVIDERS=', 'PROVIDERS='))
    const filled = Object.entries(lines).map(([setting, value]) => {
      const suffix = Object.keys(examples).find(each => setting.endsWith(`_${each}`))
      const base = setting.endsWith('_BASE_URL') ? 'https://id.acme.test' : '5ffcd7c6f3f84a2e8f2b'
      return [setting, value || (suffix && examples[suffix]) || base]
    })
    const { providers } = inProd(Object.fromEntries(filled), { catalog: presetCatalog() }).config
    assert.deepEqual([providers[0]?.name, providers[0]?.preset], [name, name])
  }
})

test('what the lines leave empty is asked for at the start', () => {
  const lines = parse(run('github').text)
  assert.deepEqual(issuesInProd(lines), [
    'GITHUB_CLIENT_ID is missing, and github is one of PROVIDERS',
    'GITHUB_CLIENT_SECRET is missing, and github is one of PROVIDERS',
  ])
})

test('a name that is no preset is refused with 64 and the nearest right one', () => {
  const { code, text, errorText } = run('githb')
  assert.deepEqual([code, text], [64, ''])
  assert.match(errorText, /There is no preset "githb"\. Did you mean github\?/)
  for (const name of [undefined, 'constructor', 'my-own-company']) {
    const refused = run(name)
    assert.deepEqual([refused.code, refused.text], [64, ''])
    assert.doesNotMatch(refused.errorText, /Did you mean/)
    assert.match(refused.errorText, /Presets: github, /)
  }
})

const ACME = { environment: 'prod', url: 'https://login.example.org/auth' }

for (const [protocol, needed] of Object.entries(REQUIRED_SETTINGS)) {
  test(`P13: a provider of one's own gets the settings of ${protocol} and its callback URL`, () => {
    const settings = ['PROTOCOL', ...needed, 'CLIENT_ID', 'CLIENT_SECRET'].map(suffix => `MY_ACME_${suffix}`)
    const written = run('my-acme', ACME, { more: ['--protocol', protocol] })
    assert.equal(written.code, 0, written.errorText)
    assert.match(written.text, /^# {3}https:\/\/login\.example\.org\/auth\/oauth\/my-acme\/callback$/m)
    assert.deepEqual(Object.keys(parse(written.text)), settings)
    // The same where the settings say it.
    assert.equal(run('my-acme', ACME, { known: { protocol } }).text, written.text)

    const filled = Object.entries(parse(written.text)).map(([name, value]) => [
      name,
      value || (/URL|ISSUER/.test(name) ? 'https://id.acme.test/x' : '5ffcd7c6f3f84a2e8f2b'),
    ])
    const { providers } = inProd({ PROVIDERS: 'my-acme', ...Object.fromEntries(filled) }).config
    assert.deepEqual([providers[0]?.name, providers[0]?.protocol], ['my-acme', protocol])
  })
}

test('P13: where OpenID Connect is spoken the URLs for signing out are printed too, behind BASE_PATH', () => {
  for (const name of ['keycloak', 'acme']) {
    const { text } = run(name, ACME, { more: ['--protocol=oidc'] })
    assert.match(text, /^# {3}post-logout redirect URI {3}https:\/\/login\.example\.org\/auth\/signed-out$/m)
    const backchannel = `^#   back-channel logout URI    https://login\\.example\\.org/auth/oauth/${name}/backchannel-logout$`
    assert.match(text, new RegExp(backchannel, 'm'))
  }
  assert.doesNotMatch(run('github').text, /logout/)
  assert.doesNotMatch(run('dev-oidc').text, /logout/)
})

test('P13: the callback path and the preset that are set count', () => {
  const known = { preset: 'gitlab', callbackPath: '/auth/callback' }
  const { text } = run('company', ACME, { known })
  assert.match(text, /^# Sign in with GitLab\./)
  assert.match(text, /^# {3}https:\/\/login\.example\.org\/auth\/auth\/callback$/m)
  // Of a preset's name with another protocol nothing but the name is left.
  assert.ok('GITHUB_ISSUER' in parse(run('github', ACME, { more: ['--protocol', 'oidc'] }).text))
})

test('P13: without a protocol the command that has one is told, and wrong usage is refused with 64', () => {
  assert.match(run('my-own-company').errorText, /vestibule env --provider my-own-company --protocol oidc\n/)
  const wrong = [['--protocol', 'saml'], ['more'], ['--colour'], ['--protocol']]
  for (const more of wrong)
    assert.deepEqual([run('acme', LOCAL, { more }).code, run('acme', LOCAL, { more }).text], [64, ''])
  for (const name of ['Acme', 'a b', 'callback', '../x']) assert.equal(run(name).code, 64, name)
})
