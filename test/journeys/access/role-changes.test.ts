import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { connect, disconnect } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

/** In milliseconds: so long a session is not looked up again. */
const REMEMBERED = 5_000

const rolesOf = async (visitor: HttpBrowser): Promise<string[] | undefined> => (await sessionOf(visitor)).user?.roles

/** The last ones are those that a rule names. */
const TEN_THOUSAND = [...Array.from({ length: 9_998 }, (_, index) => `group-${index}`), 'admin', 'staff']

describe('ID-12 A claim of groups', () => {
  let site: OidcApp
  let clock = Date.now()
  before(async () => {
    const settings = { ALLOWED_USERS: '*', ROLE_RULES: 'admin=group:op:admin;staff=group:op:staff' }
    site = await startOidcApp({ settings, overrides: { now: () => clock } })
  })
  after(() => site.stop())
  beforeEach(() => site.far.reset())

  const GIVE: Record<string, [groups: unknown, roles: string[]]> = {
    'that is missing': [undefined, []],
    'that is null': [null, []],
    'that is empty': [[], []],
    'that is a text in place of a list': ['admin', []],
    // Zitadel tells roles as keys.
    'that is an object': [{ admin: { 123: 'acme.example' }, staff: false }, ['admin']],
    'that is a number': [1, []],
    'with a list in it': [[['admin']], []],
    'with an object in it': [[{ name: 'admin' }, { id: 'staff' }], ['admin']],
    'with a delimiter in one group': [['admin,staff', 'admin;staff', 'admin staff', 'x,admin'], []],
    'that is nearly right': [['Admin', ' admin', 'admin ', 'admin\u200b', 'аdmin', '/admin', 'op:admin'], []],
    'with more than a thousand groups': [TEN_THOUSAND, []],
    'that names one': [['admin'], ['admin']],
    'that names several, and one twice': [
      ['staff', 'admin', 'staff', 'other'],
      ['admin', 'staff'],
    ],
  }
  for (const [title, [groups, roles]] of Object.entries(GIVE)) {
    test(`ID-12 a claim of groups ${title} gives ${roles.length === 0 ? 'no role' : roles.join(' and ')}, wherever it stands`, async () => {
      // An ID token of ten thousand groups would be too large to be one.
      const places = groups === TEN_THOUSAND ? [] : [{ claims: { groups } }]
      for (const bend of [...places, { user: { groups } }]) {
        site.far.reset()
        site.far.override(bend)
        const visitor = site.newVisitor()
        assert.equal((await visitor.follow('/')).status, 200)
        assert.deepEqual(await rolesOf(visitor), roles, JSON.stringify(Object.keys(bend)))
      }
    })
  }

  test('ID-12 ID-13 groups are loaded anew at the next sign-in, and a removed role is gone in every browser', async () => {
    site.far.override({ claims: { groups: ['admin'] } })
    const [laptop, phone] = [site.newVisitor(), site.newVisitor()]
    await laptop.follow('/')
    assert.deepEqual(await rolesOf(laptop), ['admin'])
    site.far.override({ claims: { groups: ['staff'] } })
    await phone.follow('/')
    assert.deepEqual(await rolesOf(phone), ['staff'])
    clock += REMEMBERED
    assert.deepEqual(await rolesOf(laptop), ['staff'])
  })
})

test('ID-12 a claim of groups that is missing, empty or no list admits no user', async () => {
  const site = await startOidcApp({ settings: { ALLOWED_USERS: 'group:op:staff' } })
  try {
    for (const groups of [undefined, null, [], 'staff', { staff: false }, ['staff,other'], TEN_THOUSAND]) {
      site.far.reset()
      site.far.override({ user: { groups } })
      assertRefused(await site.newVisitor().follow('/'), 403, 'not_admitted')
    }
    site.far.override({ user: { groups: ['staff'] } })
    assert.equal((await site.newVisitor().follow('/')).status, 200)
  } finally {
    await site.stop()
  }
})

describe('Roles belong to the identity that somebody signed in with', () => {
  let pair: TwoProviderApp
  let clock = Date.now()
  before(async () => {
    const settings = (acme: TwoProviderApp['acme'], bolt: TwoProviderApp['bolt']) => ({
      ...{ ...acme.laterSettings(), ...bolt.laterSettings() },
      ROLE_RULES: 'reader=group:acme:staff;admin=group:bolt:staff',
    })
    pair = await startTwoProviderApp(settings, { now: () => clock++ })
  })
  after(() => pair.stop())
  beforeEach(async () => {
    await pair.sql('delete from users')
    pair.reset()
  })

  test('a connection gives its roles only to sessions that it opened, and they end with it', async () => {
    const [acme, bolt] = [AT_ACME.ada, AT_BOLT.ada].map(person => ({ ...person, groups: ['staff'] }))
    const [laptop, phone] = [pair.newVisitor(), pair.newVisitor()]
    await signInThrough('acme', pair, laptop, acme ?? {})
    pair.bolt.useBrowser(laptop, bolt ?? {})
    assert.match((await connect(laptop, 'bolt')).text, /bolt is connected/)
    clock += REMEMBERED
    assert.deepEqual(await rolesOf(laptop), ['reader'])

    await signInThrough('bolt', pair, phone, bolt ?? {})
    assert.equal((await sessionOf(phone)).user.id, (await sessionOf(laptop)).user.id)
    assert.deepEqual([await rolesOf(phone), await rolesOf(laptop)], [['admin'], ['reader']])

    await disconnect(laptop, pair, 'bolt')
    assert.equal(await rolesOf(phone), undefined)
    assert.deepEqual(await pair.sql('select role from user_roles'), [{ role: 'reader' }])
  })
})
