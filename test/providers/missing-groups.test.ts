import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/oauth/types.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { groupsAt, missingGroupsAt } from '../../src/providers/groups.js'
import { customSettings, someSettings } from './samples.js'

const ABSENT = { why: 'absent', claims: ['groups'] }
const EMPTY = { why: 'empty' }
const TOO_MANY = { why: 'too_many' }
const unread = (found: string) => ({ why: 'not_understood', found })

const CASES: [name: string, claims: JsonObject, expected: object][] = [
  ['no claim', { sub: 'u' }, ABSENT],
  ['an empty list', { groups: [] }, EMPTY],
  ['null', { groups: null }, EMPTY],
  ['an empty text', { groups: '' }, EMPTY],
  ['keys that are all not granted', { groups: { staff: false, admin: {} } }, EMPTY],
  ['a single text', { groups: 'staff,admin' }, unread('a text')],
  ['a list of numbers', { groups: [1, 2] }, unread('a list that begins with a number')],
  ['a list of lists', { groups: [['staff']] }, unread('a list that begins with a list')],
  ['a number', { groups: 7 }, unread('a number')],
  ['true', { groups: true }, unread('true or false')],
  ['a name that stands for a claim elsewhere', { _claim_names: { groups: 'src1' }, _claim_sources: {} }, TOO_MANY],
  ['a claim elsewhere beside an empty one', { groups: [], _claim_names: { groups: 'src1' } }, TOO_MANY],
  ['hasgroups', { hasgroups: true }, TOO_MANY],
  ['hasgroups as a text', { hasgroups: 'true' }, TOO_MANY],
  ['hasgroups that says no', { hasgroups: false }, ABSENT],
  ['another claim elsewhere', { _claim_names: { address: 'src1' } }, ABSENT],
  ['names of claims that are no object', { _claim_names: 'groups' }, ABSENT],
  ['names of claims that everything has', { _claim_names: {} }, ABSENT],
]

for (const [name, claims, expected] of CASES) {
  test(`B-12 why there are no groups is known ${name}`, () => {
    assert.deepEqual(groupsAt(['groups'])(claims), [])
    assert.deepEqual(missingGroupsAt(['groups'])(claims), expected)
  })
}

test('B-12 why there are no groups is known of several places, what is there counts before what is not', () => {
  assert.deepEqual(
    missingGroupsAt(['groups', 'realm_access.roles'])({ realm_access: { roles: 'x' } }),
    unread('a text'),
  )
  assert.deepEqual(missingGroupsAt(['groups', 'roles'])({ roles: [] }), EMPTY)
  assert.deepEqual(missingGroupsAt(['constructor.name', 'toString'])({}).why, 'absent')
})

test('B-12 why there are no groups is known of providers that tell groups among the claims, and only where a rule wants to know', () => {
  const oidc = { protocol: 'oidc', issuer: 'https://id.example', preset: undefined } as const
  const at = 'http://127.0.0.1:3001'
  const why = (changes: object) =>
    createProvider(customSettings({ groupsWanted: true, ...changes }), at).missingGroups?.({})
  assert.deepEqual(why({}), ABSENT)
  assert.deepEqual(why(oidc), ABSENT)
  assert.deepEqual(why({ groupsFields: ['teams'] }), { why: 'absent', claims: ['teams'] })
  assert.equal(why({ groupsWanted: false }), undefined)
  const preset = (name: string, protocol: 'oidc' | 'oauth2') =>
    createProvider(someSettings({ name, preset: name, protocol, groupsWanted: true }), at).missingGroups?.({})
  assert.equal(preset('github', 'oauth2'), undefined)
  assert.deepEqual(preset('microsoft', 'oidc'), ABSENT)
})
