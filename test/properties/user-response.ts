import assert from 'node:assert/strict'
import fc from 'fast-check'
import { requireAdmission } from '../../src/accounts/access.js'
import type { HttpResponse } from '../../src/http/types.js'
import { isObject } from '../../src/oauth/response.js'
import { readApiResponse, readUserResponse } from '../../src/oauth/userinfo.js'
import { customPreset } from '../../src/providers/custom.js'
import type { Profile } from '../../src/providers/provider.js'
import { githubProfile, githubRepositories } from '../../src/providers/quirks/github.js'
import { customSettings } from '../providers/samples.js'
import { anyJson, jsonTextOf, mostly, nasty } from './inputs.js'
import { assertPlain, outcomeOf, outcomeSoon } from './outcome.js'
import { property } from './property.js'

const OURS = ['provider_error', 'provider_malformed']

const text = mostly(nasty('Ada', 'ada@example.org', '@', 'example.org', 'ada'))
const address = mostly(nasty('ada@example.org', '@', '.', 'ada', 'ADA@EXAMPLE.ORG', '@example.org'))
const picture = mostly(nasty('https://example.org/a.png', 'https://', 'javascript:', 'data:', '//'))
const id = mostly(fc.oneof(fc.nat(), fc.constantFrom('583231', '0', '-1', 'x'.repeat(256), '90071992547409931')))

const user = fc.record(
  {
    ...{ id, sub: id, login: text, username: text, name: text },
    ...{ email: address, email_verified: mostly(fc.constantFrom(true, 'true', 'yes', 1)) },
    ...{ avatar_url: picture, picture, full_name: text, html_url: picture, private: anyJson },
  },
  { requiredKeys: ['id'] },
)
const email = fc.record({ email: address, primary: mostly(fc.constant(true)), verified: mostly(fc.constant(true)) })

const responseOf = (body: fc.Arbitrary<string>): fc.Arbitrary<HttpResponse> =>
  fc.record({
    status: fc.oneof({ arbitrary: fc.constant(200), weight: 5 }, fc.constantFrom(204, 302, 401, 403, 404, 500)),
    mediaType: fc.oneof({ arbitrary: fc.constant('application/json'), weight: 5 }, nasty('text/html')),
    body,
  })

const places = fc.constantFrom('email', 'id', 'name', 'constructor.name', '__proto__', 'x.0.y', 'length')

/** Whatever a user endpoint answers, and the endpoints beside it. */
export const userResponse = property(
  'a user answer is a clean profile, or an error of ours',
  fc.tuple(
    responseOf(jsonTextOf(user)),
    responseOf(jsonTextOf(fc.oneof(fc.array(fc.oneof(email, user), { maxLength: 3 }), anyJson))),
    fc.record({ subject: places, email: places, emailVerified: places }, { requiredKeys: [] }),
  ),
  async ([response, list, fields]) => {
    const { value: raw } = outcomeOf(() => readUserResponse(response), OURS)
    if (raw === undefined) return
    assert.ok(isObject(raw))
    const get = async () => readApiResponse(list)
    const { readProfile } = customPreset(customSettings({ fields }))
    for (const profileOf of [readProfile, githubProfile]) {
      const { value } = await outcomeSoon(async () => profileOf(raw, get), OURS)
      if (value) assertClean(value)
    }
    const { value: repositories = [] } = await outcomeSoon(() => githubRepositories(get), OURS)
    for (const { name, description, url } of repositories) {
      assertText(name, 256)
      assertText(description, 500)
      assertHttps(url)
    }
  },
)

function assertClean(profile: Profile): void {
  assert.ok(profile.subject.length > 0 && profile.subject.length <= 255)
  assert.doesNotMatch(profile.subject, /[\p{Cc}\p{Cs}\ufffd]|^(0|-\d+)$/u)
  assertText(profile.name, 256)
  assertText(profile.login, 100)
  if (profile.email !== null) assert.match(profile.email, /^[^\s@<>,;:"\p{Cc}]+@[^\s@<>,;:"\p{Cc}]+$/u)
  assert.ok((profile.email ?? '').length <= 254)
  assert.ok(profile.email !== null || !profile.emailVerified)
  assertHttps(profile.picture)
  // What is written down must be possible to write down.
  assert.ok(JSON.stringify(profile.raw))
  assertAdmission(profile)
}

function assertText(value: string | null, max: number): void {
  if (value === null) return
  assertPlain(value, max)
  assert.equal(value, value.trim())
  assert.notEqual(value, '')
}

function assertHttps(url: string | null): void {
  if (url !== null) assert.match(url, /^https:\/\/[^\s<>\\]+$/)
}

/** An address opens a door only where the provider has verified it. */
function assertAdmission(profile: Profile): void {
  const rules = [
    { kind: 'email', email: 'ada@example.org' },
    { kind: 'domain', domain: 'example.org' },
  ] as const
  const { error } = outcomeOf(() => requireAdmission(rules, 'acme', { profile, groups: [] }), ['not_admitted'])
  const known = profile.emailVerified && profile.email?.toLowerCase().endsWith('@example.org')
  assert.equal(error === undefined, known === true)
}
