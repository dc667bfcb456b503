// What a provider does not say any more counts no more at the next renewal, whichever of its two responses said it.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sessionOf, startAcme } from '../../support/acme-app.js'
import { type Ask, addPage } from '../../support/developer-page.js'
import { ADA_AT_OP, type OidcOverrides } from '../../support/fake-oidc.js'
import { json } from '../../support/fake-provider.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'

const HOUR_MS = 3_600_000

let clock = Date.now()
const overrides = { now: () => clock }
const NO_ID_TOKEN = { token: { id_token: undefined } }
const NO_USERINFO = { userinfo_endpoint: undefined }
const REMOVED = { groups: undefined, roles: undefined }

interface Site extends Pick<OidcApp, 'far' | 'sql' | 'newVisitor' | 'stop'> {
  ask: Ask
}

async function startSite(settings: Record<string, string>): Promise<Site> {
  const site = await startOidcApp({ settings: op => ({ OP_API_BASE_URL: `${op.issuer}/`, ...settings }), overrides })
  return { ...site, ask: addPage(site.app) }
}

/** Ada signs in at a provider that says this; then it says something else, and her token is renewed. */
async function renewAfter({ far, newVisitor, ask }: Site, first: OidcOverrides, then: OidcOverrides) {
  clock += 2 * HOUR_MS
  far.reset()
  far.override({ refresh: {}, ...first })
  const ada = newVisitor()
  const page = await ada.follow('/')
  assert.equal(page.status, 200, page.text)
  const before = await sessionOf(ada)
  far.override(then)
  const renewed = await renew({ far, ask }, ada)
  return { ada, before, renewed, after: await sessionOf(ada) }
}

async function renew({ far, ask }: Pick<Site, 'far' | 'ask'>, ada: HttpBrowser) {
  clock += HOUR_MS
  const { granted } = far.refreshes
  const renewed = await ask<{ error?: string }>(ada, async ctx => (await ctx.provider('op').get('/userinfo')).status)
  assert.equal(far.refreshes.granted, granted + 1)
  return renewed
}

describe('P1 A claim of groups at a renewal', () => {
  let site: Site
  before(async () => {
    const rules = { ALLOWED_USERS: '*', ROLE_RULES: 'writer=group:op:writers;staff=group:op:staff' }
    site = await startSite({ ...rules, OP_GROUPS_FIELD: 'groups,roles,realm_access.roles' })
  })
  after(() => site.stop())

  const both = { groups: ['staff', 'writers'] }
  const CASES: [title: string, first: OidcOverrides, then: OidcOverrides, roles: string[]][] = [
    [
      'that the ID token said is gone where a new ID token does not say it',
      { claims: both },
      { claims: REMOVED, refresh: { claims: REMOVED } },
      [],
    ],
    ['that the userinfo said is gone where a new userinfo does not say it', { user: both }, { user: REMOVED }, []],
    [
      'that the userinfo said is gone where a new userinfo does not say it and no ID token comes',
      { user: both },
      { user: REMOVED, refresh: NO_ID_TOKEN },
      [],
    ],
    [
      'that both said is gone where only the userinfo could say it again and does not',
      { claims: both, user: both },
      { user: REMOVED, refresh: NO_ID_TOKEN },
      [],
    ],
    [
      'that both said is gone only where neither says it any more',
      { claims: both, user: both },
      { claims: REMOVED, user: both },
      ['staff', 'writer'],
    ],
    [
      'that the ID token alone said stays where no new ID token comes',
      { claims: both },
      { refresh: NO_ID_TOKEN },
      ['staff', 'writer'],
    ],
    [
      'that the ID token alone said gives way to what the userinfo says now',
      { claims: both },
      { user: { groups: ['staff'] }, refresh: NO_ID_TOKEN },
      ['staff'],
    ],
    [
      'with one group less gives one role less',
      { claims: both },
      { refresh: { claims: { groups: ['staff'] } } },
      ['staff'],
    ],
    [
      'with one group less in the userinfo gives one role less',
      { user: both },
      { user: { groups: ['staff'] } },
      ['staff'],
    ],
    ['that becomes empty gives no role', { claims: both }, { refresh: { claims: { groups: [] } } }, []],
    ['that becomes null gives no role', { claims: both }, { refresh: { claims: { groups: null } } }, []],
    [
      'inside another claim is gone with it',
      { claims: { realm_access: { roles: ['writers'] } } },
      { refresh: { claims: { realm_access: { roles: [] } } } },
      [],
    ],
    [
      'inside another claim is gone where that one is gone',
      { user: { realm_access: { roles: ['writers'] } } },
      { user: { realm_access: undefined }, refresh: NO_ID_TOKEN },
      [],
    ],
    [
      'of the ID token stays beside one of the userinfo that is gone',
      { claims: { groups: ['staff'] }, user: { roles: ['writers'] } },
      { user: REMOVED, refresh: NO_ID_TOKEN },
      ['staff'],
    ],
    [
      'of the userinfo stays beside one of the ID token that is gone',
      { claims: { groups: ['staff'] }, user: { roles: ['writers'] } },
      { refresh: { claims: REMOVED } },
      ['writer'],
    ],
    [
      'that is too long for a token at Entra, and stands elsewhere, gives no role',
      { claims: both },
      { refresh: { claims: { groups: undefined, ...elsewhere() } } },
      [],
    ],
  ]
  for (const [title, first, then, roles] of CASES) {
    test(`P1 a claim of groups at a renewal ${title}`, async () => {
      const { before, renewed, after } = await renewAfter(site, first, then)
      assert.ok(before.user.roles.length > 0)
      assert.deepEqual([renewed.result, after.user?.roles], [200, roles])
    })
  }

  test('P1 groups that are gone at a refresh stay gone at later refreshes, and come back when the provider sends them again', async () => {
    const { ada } = await renewAfter(site, { claims: both }, { refresh: { claims: REMOVED } })
    site.far.override({ refresh: NO_ID_TOKEN })
    await renew(site, ada)
    assert.deepEqual((await sessionOf(ada)).user.roles, [])
    site.far.override({ user: both })
    await renew(site, ada)
    assert.deepEqual((await sessionOf(ada)).user.roles, ['staff', 'writer'])
    site.far.override({ user: REMOVED })
    await renew(site, ada)
    assert.deepEqual((await sessionOf(ada)).user.roles, [])
  })

  test('P1 groups that the ID token has no more are gone also if the user endpoint fails', async () => {
    const { ada } = await renewAfter(site, { claims: both }, {})
    site.far.override({ refresh: { claims: REMOVED } })
    site.far.on('/userinfo', json({ error: 'Oh no' }, 503))
    await renew(site, ada)
    assert.deepEqual((await sessionOf(ada)).user.roles, [])
  })

  test('P1 groups of the userinfo stay while the user endpoint fails, and are gone with the next refresh', async () => {
    const { ada } = await renewAfter(site, { user: both }, {})
    for (const refresh of [{}, NO_ID_TOKEN]) {
      site.far.override({ user: REMOVED, refresh })
      site.far.on('/userinfo', json({ error: 'Oh no' }, 503))
      await renew(site, ada)
      assert.deepEqual((await sessionOf(ada)).user.roles, ['staff', 'writer'])
    }
    site.far.on('/userinfo', json(ADA_AT_OP))
    await renew(site, ada)
    assert.deepEqual((await sessionOf(ada)).user.roles, [])
  })

  test('P1 groups of a sign-in before their sources were stored count only if a refresh has them too', async () => {
    const { ada } = await renewAfter(site, { claims: both }, {})
    await site.sql('update identities set claim_sources = null')
    site.far.override({ refresh: NO_ID_TOKEN })
    await renew(site, ada)
    const { signed_in, user } = await sessionOf(ada)
    assert.deepEqual([signed_in, user.roles], [true, []])
  })

  test('P1 A10 groups stay as they are if a refresh brings no claims, with any stored sources and profile', async () => {
    const silent = await startSite({ ALLOWED_USERS: 'group:op:staff' })
    try {
      for (const broken of [
        'claim_sources = null',
        "claim_sources = '[]'",
        "claim_sources = '{'",
        'claim_sources = \'{"id_token":7,"userinfo":[null]}\'',
        "raw_profile = '{'",
        "raw_profile = '[]'",
      ]) {
        const { ada } = await renewAfter(silent, { claims: both, metadata: NO_USERINFO }, { refresh: NO_ID_TOKEN })
        await silent.sql(`update identities set ${broken}`)
        await renew(silent, ada)
        assert.equal((await sessionOf(ada)).signed_in, true, broken)
        assert.equal((await ada.open('/profile')).status, 200, broken)
      }
    } finally {
      await silent.stop()
    }
  })
})

/** Claims that are to be fetched, as Entra names the groups of somebody who has more than 200. */
function elsewhere() {
  const endpoint = 'https://graph.example/v1.0/users/00000000-0000-0000-0000-000000000001/getMemberObjects'
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } }
}

describe('P1 Who may stay at a renewal', () => {
  const inGroup = { groups: ['staff'] }
  const silentNow = { claims: REMOVED, user: REMOVED, refresh: { claims: REMOVED } }
  for (const [where, first] of [
    ['the ID token', { claims: inGroup }],
    ['the userinfo', { user: inGroup }],
  ] as const) {
    test(`P1 at a renewal with their last group gone from ${where} a user is signed out, with an event`, async () => {
      const site = await startSite({ ALLOWED_USERS: 'group:op:staff' })
      try {
        const { ada, renewed, after } = await renewAfter(site, first, silentNow)
        assert.deepEqual([renewed.status, renewed.result.error], [403, 'not_admitted'])
        assert.deepEqual(after, { signed_in: false })
        assert.deepEqual(await site.sql("select kind, code from events where kind = 'session-ended'"), [
          { kind: 'session-ended', code: 'rules' },
        ])
        assert.equal((await ada.follow('/')).status, 403)
      } finally {
        await site.stop()
      }
    })
  }

  test('P1 the new ID token of a refresh alone has the groups if there is no user endpoint', async () => {
    const site = await startSite({ ALLOWED_USERS: 'group:op:staff' })
    try {
      const first = { claims: inGroup, metadata: NO_USERINFO }
      const { after } = await renewAfter(site, first, { refresh: { claims: REMOVED } })
      assert.deepEqual(after, { signed_in: false })
    } finally {
      await site.stop()
    }
  })

  const NO_ADDRESS = { email: undefined, email_verified: undefined }
  const ADDRESS: [title: string, first: OidcOverrides, then: OidcOverrides][] = [
    ['an address that is gone from the userinfo', {}, { user: NO_ADDRESS }],
    ['an address that is gone from the userinfo, without an ID token', {}, { user: NO_ADDRESS, refresh: NO_ID_TOKEN }],
    ['an address that is not verified any more', {}, { user: { email_verified: false } }],
    ['an address whose flag is gone', {}, { user: { email_verified: undefined }, refresh: NO_ID_TOKEN }],
    ['another address', {}, { user: { email: 'ada@elsewhere.example' } }],
    [
      'an address that is gone from the ID token',
      { claims: { email: ADA_AT_OP.email, email_verified: true }, user: NO_ADDRESS },
      { refresh: { claims: NO_ADDRESS } },
    ],
    [
      'an address that both said and the userinfo does not say any more',
      { claims: { email: ADA_AT_OP.email, email_verified: true } },
      { user: NO_ADDRESS, refresh: NO_ID_TOKEN },
    ],
    [
      'an address of the ID token beside another one of the userinfo that is not verified',
      { claims: { email: ADA_AT_OP.email, email_verified: true }, user: { email_verified: undefined } },
      { user: { email: 'ada@elsewhere.example', email_verified: undefined }, refresh: NO_ID_TOKEN },
    ],
  ]
  for (const rule of ['domain:example.org', 'email:ada@example.org']) {
    describe(`P1 The rule ${rule}`, () => {
      let site: Site
      before(async () => {
        site = await startSite({ ALLOWED_USERS: rule })
      })
      after(() => site.stop())
      for (const [title, first, then] of ADDRESS) {
        test(`P1 the rule ${rule} signs a user out at a refresh with ${title}`, async () => {
          const { renewed, after } = await renewAfter(site, first, then)
          assert.deepEqual([renewed.status, after], [403, { signed_in: false }])
        })
      }
    })
  }

  test('P1 an address that only the ID token verified stays verified if a refresh brings no new ID token', async () => {
    const site = await startSite({ ALLOWED_USERS: 'domain:example.org' })
    try {
      const verified = { email: ADA_AT_OP.email, email_verified: true }
      for (const user of [NO_ADDRESS, { email_verified: undefined }]) {
        const { ada, after } = await renewAfter(site, { claims: verified, user }, { refresh: NO_ID_TOKEN })
        assert.equal(after.signed_in, true)
        await renew(site, ada)
        assert.equal((await sessionOf(ada)).signed_in, true)
      }
    } finally {
      await site.stop()
    }
  })
})

describe('P1 What an account is called after a renewal', () => {
  let site: Site
  before(async () => {
    site = await startSite({ ALLOWED_USERS: '*', ROLE_RULES: 'member=domain:example.org' })
  })
  after(() => site.stop())
  beforeEach(() => site.sql('delete from users'))

  test('P1 an address, login or name that a refresh has no more is removed from the account', async () => {
    const nothing = { email: undefined, preferred_username: undefined, name: undefined }
    const { before, after } = await renewAfter(site, {}, { user: nothing })
    assert.deepEqual([before.user.email, before.user.login, before.user.roles], ['ada@example.org', 'ada', ['member']])
    const { email, email_verified, login, name, roles } = after.user
    assert.deepEqual([email, email_verified, login, name, roles], [null, false, null, null, []])
    assert.deepEqual(await site.sql('select email, login from identities'), [{ email: null, login: null }])
  })

  test('P1 a refresh of a newer identity does not rename the account', async () => {
    const { ada, after } = await renewAfter(site, {}, {})
    await site.sql(`insert into identities (id, user_id, provider, issuer, subject, email_verified, raw_profile,
      created_at, last_sign_in_at) values ('older', '${after.user.id}', 'op', '', 'older', false, '{}', 1, 1)`)
    site.far.override({ user: { email: undefined } })
    await renew(site, ada)
    assert.equal((await sessionOf(ada)).user.email, 'ada@example.org')
  })

  test('P1 the profile page does not show what the provider sends no more', async () => {
    const { ada } = await renewAfter(site, { claims: { email: 'ada@example.org' } }, {})
    assert.match((await ada.open('/profile')).text, /ada@example\.org/)
    site.far.override({ user: { email: undefined }, refresh: NO_ID_TOKEN })
    const main = (await ada.open('/profile')).text.split('<main')[1] ?? ''
    assert.doesNotMatch(main, /ada@example\.org/)
  })
})

test('P1 a refresh of OAuth 2.0 takes everything from the user endpoint', async () => {
  const acme = await startAcme(
    far => ({
      ...far.laterSettings('acme'),
      ALLOWED_USERS: '*',
      ROLE_RULES: 'a=group:acme:staff;b=domain:example.org',
    }),
    overrides,
  )
  try {
    const ask = addPage(acme.app)
    acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    acme.far.atKeyboard({ id: 1, login: 'ada', email: 'ada@example.org', email_verified: true, groups: ['staff'] })
    const ada = acme.newVisitor()
    await ada.follow('/')
    assert.deepEqual((await sessionOf(ada)).user.roles, ['a', 'b'])
    acme.far.setUser({ id: 1, login: 'ada' })
    clock += HOUR_MS
    await ask(ada, async ctx => (await ctx.provider('acme').get('/things')).status)
    const { roles, email } = (await sessionOf(ada)).user
    assert.deepEqual([roles, email], [[], null])
  } finally {
    await acme.stop()
  }
})
