import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ConfigError } from '../../src/config/errors.js'
import { company, inProd } from '../config/parse-settings.js'
import { damaged, nasty } from './inputs.js'
import { property } from './property.js'

const GOOD = [
  ...['*', 'email:ada@example.org', 'domain:example.org', 'login:github:octocat', 'subject:company:583231'],
  ...['group:github:acme/staff', 'group:company:Domain Admins', 'group:company:a:b=c'],
]
/** Each with something that the fault must say of it. */
const BAD: readonly (readonly [rule: string, says: string])[] = [
  ['email:ada', '"email:ada"'],
  ['domain:', '"domain:"'],
  ['group:github:', '"group:github:"'],
  ['group:nobody:staff', '"nobody"'],
  ['login:octocat', '"login:octocat"'],
  ['role:admin', '"role:admin"'],
  ['__proto__:a', '"__proto__:a"'],
  ['constructor:a:b', '"constructor:a:b"'],
]
const good = fc.constantFrom(...GOOD)
const rule = fc.oneof(
  { arbitrary: good, weight: 4 },
  { arbitrary: fc.constantFrom(...BAD.map(([text]) => text)), weight: 2 },
)
const lists = fc.array(rule, { minLength: 1, maxLength: 4 })
const ROLES = ['admin', 'editor', 'a-1', 'x'.repeat(64)]

const wellFormed = fc
  .tuple(
    lists,
    fc.uniqueArray(fc.constantFrom(...ROLES), { maxLength: 4 }),
    fc.array(lists, { minLength: 4, maxLength: 4 }),
  )
  .map(([allowed, roles, rules]) => ({
    rules: [...allowed, ...roles.flatMap((_, at) => rules[at] ?? [])],
    allowed: allowed.join(', '),
    roles: roles.map((role, at) => `${role} = ${rules[at]?.join(',')}`).join(' ; '),
  }))

const PIECES = ['=', ';', ',', ':', '*', 'admin', 'group:', 'github', 'email:', '@', 'admin=*', '\u212a', '__proto__=*']
const text = fc.oneof(
  fc.array(fc.constantFrom(...PIECES, ...GOOD), { maxLength: 10 }).map(list => list.join('')),
  damaged(fc.constantFrom('admin=email:ada@example.org;editor=group:github:acme/writers,domain:example.org')),
  nasty(...PIECES),
)

/** Whatever the operator writes into ROLE_RULES and ALLOWED_USERS. */
export const accessRules = property(
  'rules are what was written, or each of the wrong ones is told',
  wellFormed,
  ({ rules, allowed, roles }) => {
    const message = readRules(allowed, roles)
    const bad = BAD.filter(([each]) => rules.includes(each))
    if (typeof message === 'string')
      for (const [, says] of bad) assert.ok(message.includes(says), `${says} is not in:\n${message}`)
    assert.equal(typeof message === 'string', bad.length > 0, String(message))
    if (typeof message === 'string') return
    assert.equal(message.allowedUsers.length, allowed.split(', ').length)
    assert.deepEqual(
      message.roleRules.map(({ role }) => role),
      roles === '' ? [] : roles.split(' ; ').map(part => part.split(' = ')[0]),
    )
  },
)

/** The same of texts that are no rules at all. */
export const invalidRules = property(
  'role rules are of roles that fit into a header, each once and with rules, or a list of faults in plain lines',
  fc.tuple(text, text),
  ([allowed, roles]) => {
    const message = readRules(allowed, roles)
    if (typeof message === 'string') {
      for (const line of message.split('\n')) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\u2028\u2029]/u)
      return
    }
    const names = message.roleRules.map(({ role }) => role)
    assert.equal(new Set(names).size, names.length)
    for (const { role, rules } of message.roleRules) {
      assert.match(role, /^[a-z][\w.-]{0,63}$/i)
      assert.ok(rules.length > 0)
    }
    assert.ok(message.allowedUsers.length > 0)
  },
)

/** What the app makes of them, or what the operator is told. */
function readRules(allowed: string, roles: string) {
  try {
    const given = { ...company, PROVIDERS: 'github,company', ALLOWED_USERS: allowed, ROLE_RULES: roles }
    return inProd(given).config
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}
