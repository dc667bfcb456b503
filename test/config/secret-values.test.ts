import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError } from '../../src/config/errors.js'
import { providerSettings } from '../../src/config/provider/provider-settings.js'
import { globalSettings, settingOf } from '../../src/config/settings.js'
import { configErrorOf, inProd, prod } from './parse-settings.js'

const secretNames = [
  ...globalSettings.filter(({ secret }) => secret).map(({ name }) => name),
  ...providerSettings.filter(({ secret }) => secret).map(({ name }) => settingOf('github', name)),
]

// Texts that no sentence of ours holds, with the characters that break parsers.
const body = fc.string({ unit: fc.constantFrom(...'Qz7$%=&#@:/?,+ \n"'), minLength: 1, maxLength: 12 })
const secret = body.map(text => `Zq9${text}9qZ`)
const shape = fc.constantFrom(
  (text: string) => text,
  (text: string) => `${text},${text}`,
  (text: string) => `${text}=1`,
  (text: string) => `postgres://u:${text}@db/x`,
  (text: string) => `sqlite://${text}`,
  (text: string) => `example ${text}\n`,
)

test('CF-14 no issue and no warning holds the value of a secret setting', () => {
  assert.ok(secretNames.includes('SECRET_KEYS') && secretNames.includes('GITHUB_CLIENT_SECRET'))
  fc.assert(
    fc.property(fc.constantFrom(...secretNames), secret, shape, fc.boolean(), (name, text, write, asFile) => {
      const setting = { [name]: undefined, [asFile ? `${name}_FILE` : name]: write(text) }
      const reported = messagesFor({ ...prod, ...setting, LOG_LEVEL: 'shout' })
      assert.match(reported, /LOG_LEVEL/)
      assert.equal(reported.includes(text), false, reported)
    }),
    { numRuns: 500 },
  )
})

test('CF-14 the value of a misspelt setting is not shown', () => {
  const { message } = configErrorOf(() => inProd({ GITHUB_CLIENT_SECRT: 'hunter2', GITHUB_PRIVATE_KEY: 'hunter2' }))
  assert.match(message, /GITHUB_CLIENT_SECRT/)
  assert.doesNotMatch(message, /hunter2/)
})

test('CF-14 a password or query in a URL is not shown', () => {
  for (const url of ['ftp://u:hunter2@x', 'https://u:hun/ter2@x', 'u:hunter2@x', 'https://x/?key=hunter2#hunter2']) {
    for (const name of ['PUBLIC_URL', 'DEV_PROVIDER_URL', 'GITHUB_USER_URL']) {
      const reported = messagesFor({ [name]: url, LOG_LEVEL: 'shout' })
      assert.doesNotMatch(reported, /hunter2|ter2/)
    }
  }
})

test('an issue is one line, also for a value of several lines', () => {
  const { issues } = configErrorOf(() => inProd({ LOG_LEVEL: `a\nb\u001b[31m\u2028${'x'.repeat(500)}` }))
  assert.deepEqual(issues.length, 1)
  assert.doesNotMatch(issues[0]?.text ?? '', /[\p{Cc}\u2028]/u)
  assert.ok((issues[0]?.text.length ?? 0) < 250)
})

function messagesFor(file: Record<string, string | undefined>): string {
  try {
    return JSON.stringify(inProd(file).warnings)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}
