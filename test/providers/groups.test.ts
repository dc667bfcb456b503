import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSettings } from '../../src/config/types.js'
import type { Json, JsonObject } from '../../src/oauth/types.js'
import { readUserResponse } from '../../src/oauth/userinfo.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { groupsAt } from '../../src/providers/groups.js'
import { aResponse } from '../oauth/samples.js'
import { customSettings, refusing, someSettings } from './samples.js'

const TID = '3338040d-6c67-4c5b-b112-36a304b66dad'

/** What a provider with these settings makes of a person. */
const groupsOf = (settings: ProviderSettings, user: object | string) =>
  createProvider(settings, 'http://127.0.0.1:3001').readGroups?.(readUserResponse(aResponse(user)), refusing(500))

const custom = (user: object | string, groupsFields?: string[]) =>
  groupsOf(customSettings({ groupsWanted: true, groupsFields }), user)

const keycloak = (changes: Partial<ProviderSettings> = {}) =>
  someSettings({
    ...{ name: 'keycloak', preset: 'keycloak', protocol: 'oidc', baseUrl: 'https://id.example/realms/a' },
    groupsWanted: true,
    ...changes,
  })

test('the groups of a custom provider and of an OpenID provider are the list called groups', () => {
  const claims = { id: 1, sub: 'a', groups: ['staff', '/acme/writers', 'Domain Admins'], roles: ['admin'] }
  assert.deepEqual(custom(claims), claims.groups)
  assert.deepEqual(groupsOf(keycloak(), claims), claims.groups)
})

test('groups are read only where an access rule needs them', () => {
  for (const settings of [customSettings(), someSettings(), keycloak({ groupsWanted: false })]) {
    assert.equal(createProvider(settings, 'http://127.0.0.1:3001').readGroups, undefined)
  }
})

// It was a list of texts alone; providers also list objects (Authentik, GitLab) or tell roles as keys (Zitadel).
test('ID-12 nothing but a list and the keys of an object tell groups', () => {
  const claims: Json[] = ['admin', 'a,admin', '', null, true, 1, {}, [], [[]], [['admin']], [{ id: 'admin' }]]
  for (const groups of claims) assert.deepEqual(custom({ id: 1, groups }), [], JSON.stringify(groups))
  assert.deepEqual(custom({ id: 1 }), [])
  assert.deepEqual(custom('{"id":1,"__proto__":{"groups":["admin"]}}'), [])
  const mixed = ['staff', 1, null, ['admin'], { name: 'admin' }, true, 'writers']
  assert.deepEqual(custom({ id: 1, groups: mixed }), ['staff', 'admin', 'writers'])
})

test('P1 groups that are objects are called by their own name, or by what the path names in each of them', () => {
  const groups: Json[] = [
    { name: 'staff', id: 7, path: '/acme/staff', roles: ['owner'] },
    { name: 'writers', id: '8', path: '/acme/writers', roles: { editor: true, admin: false } },
    { id: 9 },
    { name: ['admin'] },
    { name: { admin: true } },
    { name: null },
    { name: 'a,b' },
  ]
  const claims = { id: 1, groups, orgs: [{ groups: [{ name: 'x' }] }, { groups: [{ name: 'y' }] }, 'z', null] }
  assert.deepEqual(custom(claims), ['staff', 'writers', 'a,b'])
  const fields: [path: string, read: string[]][] = [
    ['groups.name', ['staff', 'writers', 'admin', 'a,b']],
    ['groups.id', ['7', '8', '9']],
    ['groups.path', ['/acme/staff', '/acme/writers']],
    ['groups.roles', ['owner', 'editor']],
    ['groups.0.name', []],
    ['groups.0.roles', ['owner']],
    ['orgs.groups', ['x', 'y']],
    ['orgs.groups.name', ['x', 'y']],
    ['groups.length', []],
    ['groups.constructor.name', []],
    ['groups.__proto__', []],
  ]
  for (const [path, read] of fields) assert.deepEqual(custom(claims, [path]), read, path)
  assert.deepEqual(custom('{"id":1,"groups":[{"__proto__":{"name":"admin"}}]}'), [])
})

test('P1 groups that are the keys of an object count, but not where the value says no or nothing', () => {
  const zitadel = {
    'urn:zitadel:iam:org:project:roles': { admin: { 123: 'acme.example' }, editor: { 123: 'acme.example' } },
  }
  assert.deepEqual(custom({ id: 1, ...zitadel }, ['urn:zitadel:iam:org:project:roles']), ['admin', 'editor'])
  const no = { a: false, b: null, c: 0, d: '', e: 'false', f: {}, g: [] }
  assert.deepEqual(custom({ id: 1, groups: { ...no, staff: true, writers: 'member', 7: 1 } }), [
    '7',
    'staff',
    'writers',
  ])
  assert.deepEqual(custom('{"id":1,"groups":{"__proto__":true,"constructor":null}}'), ['__proto__'])
  const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`g${index}`, true]))
  assert.equal(
    (custom({ id: 1, groups: { ...many, ['x'.repeat(257)]: true } }) ?? []).toString().split(',').length,
    1000,
  )
})

test('P1 a path goes on behind a claim whose name has dots in it', () => {
  const user = { id: 1, 'https://example.com/groups': [{ name: 'staff' }], 'a.b': { c: ['x'] }, a: { b: { c: ['y'] } } }
  assert.deepEqual(custom(user, ['https://example.com/groups.name', 'a.b.c']), ['staff', 'x'])
})

test('ID-12 a group with a comma in it stays one group, and none is mended', () => {
  const exact = ['acme,admin', ' admin', 'admin ', 'Admin', 'admin;role=x', 'x'.repeat(256), 'ädmin']
  assert.deepEqual(custom({ id: 1, groups: exact }), exact)
  const unusable = ['', 'admin\n', '\u0000admin', 'ad\u007fmin', 'a\u0085', 'a\u2028', '\ud800', 'x'.repeat(257)]
  assert.deepEqual(custom({ id: 1, groups: [...unusable, 'last'] }), ['last'])
})

test('ID-12 of ten thousand groups a thousand count, each once', () => {
  const groups = Array.from({ length: 10_000 }, (_, index) => `group-${Math.floor(index / 2)}`)
  const read = custom({ id: 1, groups }) ?? []
  assert.ok(Array.isArray(read))
  assert.deepEqual([read.length, new Set(read).size, read[999]], [1000, 1000, 'group-999'])
})

test('the settings say where the groups are, and all places count', () => {
  const user = {
    sub: 'a',
    groups: ['not-asked-for'],
    realm_access: { roles: ['editor', 'shared'] },
    'https://example.com/roles': ['admin', 'shared'],
  }
  const fields = ['https://example.com/roles', 'realm_access.roles', 'nowhere.at.all']
  assert.deepEqual(custom({ id: 1, ...user }, fields), ['admin', 'shared', 'editor'])
  assert.deepEqual(groupsOf(keycloak({ groupsFields: fields }), user), ['admin', 'shared', 'editor'])
})

test('a claim whose whole name is the path comes before the path, whatever it holds', () => {
  const read = groupsAt(['a.b'])
  assert.deepEqual(read({ 'a.b': ['whole'], a: { b: ['path'] } }), ['whole'])
  assert.deepEqual(read({ a: { b: ['path'] } }), ['path'])
  assert.deepEqual(read({ 'a.b': 'whole', a: { b: ['path'] } }), [])
})

test('ID-12 a path leads through own properties only', () => {
  for (const path of ['constructor', '__proto__', 'groups.constructor', 'groups.length', 'toString.name']) {
    assert.deepEqual(groupsAt([path])({ groups: ['a'] }), [], path)
  }
  assert.deepEqual(
    groupsAt(['groups', 'realm.roles'])(Object.create({ groups: ['admin'], realm: { roles: ['admin'] } })),
    [],
  )
})

test('Amazon Cognito has its groups under a name of its own, unless the settings say otherwise', () => {
  const cognito = { name: 'cognito', preset: 'cognito', baseUrl: 'https://cognito-idp.example/pool' }
  const user: JsonObject = { sub: 'a', 'cognito:groups': ['staff'], groups: ['other'] }
  assert.deepEqual(groupsOf(keycloak(cognito), user), ['staff'])
  assert.deepEqual(groupsOf(keycloak({ ...cognito, groupsFields: ['groups'] }), user), ['other'])
})

test('a group at Microsoft is named with its tenant, because each tenant calls its groups what it likes', () => {
  const microsoft = { name: 'microsoft', preset: 'microsoft', baseUrl: undefined }
  const user = { tid: TID.toUpperCase(), oid: TID, groups: ['admins'], roles: ['editor'] }
  assert.deepEqual(groupsOf(keycloak(microsoft), user), [`${TID}/admins`])
  assert.deepEqual(groupsOf(keycloak({ ...microsoft, groupsFields: ['roles'] }), user), [`${TID}/editor`])
})

test('the scope grows only where an access rule needs groups and the settings name no scope', () => {
  const scopeOf = (changes: Partial<ProviderSettings>) => createProvider(someSettings(changes), 'http://a.test')
  const scope = (changes: Partial<ProviderSettings>) => {
    const provider = scopeOf(changes)
    return provider.protocol === 'oauth1' ? [] : provider.scope
  }
  assert.deepEqual(scope({}), ['read:user', 'user:email'])
  assert.deepEqual(scope({ groupsWanted: true }), ['read:user', 'user:email', 'read:org'])
  assert.deepEqual(scope({ groupsWanted: true, scope: ['user'] }), ['user'])
  assert.deepEqual(scope({ name: 'gitlab', preset: 'gitlab', groupsWanted: true }), ['read_user', 'openid'])
  assert.deepEqual(scope(keycloak()), ['openid', 'profile', 'email'])
})
