import assert from 'node:assert/strict'
import fc from 'fast-check'
import { rolesOf } from '../../src/accounts/access.js'
import type { JsonObject } from '../../src/oauth/types.js'
import { groupsAt, readGroups } from '../../src/providers/groups.js'
import { anyJson, mostly, nasty } from './inputs.js'
import { property } from './property.js'

const groups = fc.oneof(
  { arbitrary: fc.array(mostly(nasty('acme/staff', 'Domain Admins', ',', '\u200b')), { maxLength: 8 }), weight: 4 },
  { arbitrary: fc.nat({ max: 1_500 }).map(count => Array.from({ length: count }, (_, at) => `g${at}`)), weight: 1 },
  { arbitrary: fc.constantFrom(['x'.repeat(256)], ['x'.repeat(257)], 'acme/staff', 'a,acme/staff'), weight: 1 },
  { arbitrary: anyJson, weight: 1 },
)
const users = fc.record(
  {
    groups,
    roles: groups,
    realm_access: mostly(fc.record({ roles: groups })),
    'https://acme.example/groups': groups,
    __proto__: groups,
  },
  { requiredKeys: [] },
)
const path = fc.oneof(
  { arbitrary: fc.constantFrom('groups', 'roles', 'realm_access.roles', 'https://acme.example/groups'), weight: 5 },
  nasty('.', '..', 'groups.0', '__proto__', 'constructor.name', 'length'),
)

/** Whatever a provider tells of groups, wherever the settings say that they stand. */
export const groupLists = property(
  'groups are texts of a list, names of its objects or keys of an object, to the letter and once, at most a thousand',
  fc.tuple(users, fc.array(path, { maxLength: 3 })),
  ([user, paths]) => {
    // As it comes over the wire: nothing but own properties.
    const reported = JSON.parse(JSON.stringify(user)) as JsonObject
    const read = groupsAt(paths)(reported)
    assert.ok(read.length <= 1_000)
    assert.equal(new Set(read).size, read.length)
    for (const group of read) {
      assert.ok(group !== '' && group.length <= 256)
      assert.doesNotMatch(group, /[\p{Cc}\p{Cs}\u2028\u2029]/u)
      assert.ok(standsIn(reported, group), group)
    }
    assert.deepEqual(readGroups(read), read)
    assertRole(read, 'acme/staff')
  },
)

/** In a list as a text of its own or as the name of an object, or as a key. */
function standsIn(value: unknown, group: string): boolean {
  if (Array.isArray(value) && value.some(item => item === group || item?.name === group)) return true
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, group)) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(inner => standsIn(inner, group))
}

const profile = {
  ...{ subject: '1', name: null, login: null, email: null, emailVerified: false, picture: null, raw: {} },
}

/** A role comes of the group that its rule names, and of no other. */
function assertRole(groups: readonly string[], group: string): void {
  const rules = [{ role: 'editor', rules: [{ kind: 'group', provider: 'acme', group } as const] }]
  const described = { profile, groups: [...groups] }
  assert.deepEqual(rolesOf(rules, 'acme', described), groups.includes(group) ? ['editor'] : [])
  assert.deepEqual(rolesOf(rules, 'other', described), [])
}
