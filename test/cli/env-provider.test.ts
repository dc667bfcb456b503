import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'dotenv'
import { envOfProvider } from '../../src/cli/env-provider.js'
import { PRESETS, presetFacts } from '../../src/providers/catalog.js'
import { faultsInProd, inProd } from '../config/judge.js'

const LOCAL = { environment: 'local', url: 'http://localhost:3000' }

function run(name: string | undefined, place = LOCAL) {
  const said: string[] = []
  const complaints: string[] = []
  const code = envOfProvider(name, {
    catalog: presetFacts(),
    inPlace: command => command(place),
    out: { write: text => said.push(text) },
    complain: { write: text => complaints.push(text) },
  })
  return { code, text: said.join(''), complaint: complaints.join('') }
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
  assert.match(apple, /Apple takes no callback on http/)
  assert.equal(parse(run('microsoft').text).MICROSOFT_TENANT, 'common')
  assert.deepEqual(parse(run('dev').text), {})
})

test('filled in, the lines of every preset are a configuration without a fault', () => {
  const examples: Record<string, string> = { TENANT: 'A1B2C3D4E5', KEY_ID: 'F6G7H8I9J0' }
  for (const [name, preset] of Object.entries(PRESETS)) {
    if (preset.development || 'mintSecret' in preset) continue
    const lines = parse(run(name).text.replace('# PROVIDERS=', 'PROVIDERS='))
    const filled = Object.entries(lines).map(([setting, value]) => {
      const suffix = Object.keys(examples).find(each => setting.endsWith(`_${each}`))
      const base = setting.endsWith('_BASE_URL') ? 'https://id.acme.test' : '5ffcd7c6f3f84a2e8f2b'
      return [setting, value || (suffix && examples[suffix]) || base]
    })
    const { providers } = inProd(Object.fromEntries(filled), { catalog: presetFacts() }).config
    assert.deepEqual([providers[0]?.name, providers[0]?.preset], [name, name])
  }
})

test('what the lines leave empty is asked for at the start', () => {
  const lines = parse(run('github').text)
  assert.deepEqual(faultsInProd(lines), [
    'GITHUB_CLIENT_ID is missing, and github is one of PROVIDERS',
    'GITHUB_CLIENT_SECRET is missing, and github is one of PROVIDERS',
  ])
})

test('a name that is no preset is refused with 64 and the nearest right one', () => {
  const { code, text, complaint } = run('githb')
  assert.deepEqual([code, text], [64, ''])
  assert.match(complaint, /There is no preset "githb"\. Did you mean github\?/)
  for (const name of [undefined, 'constructor', 'my-own-company']) {
    const refused = run(name)
    assert.deepEqual([refused.code, refused.text], [64, ''])
    assert.doesNotMatch(refused.complaint, /Did you mean/)
    assert.match(refused.complaint, /Presets: github, /)
  }
})
