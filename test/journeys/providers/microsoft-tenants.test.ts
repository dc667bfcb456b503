import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { microsoftAt } from '../../fixtures/presets/microsoft.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { fakePath } from '../../support/presets/route-to-fake.js'
import type { CodeScript } from '../../support/presets/script.js'
import { type PresetApp, startPresetApp } from '../../support/presets/setup.js'

const OURS = '3338040d-6c67-4c5b-b112-36a304b66dad'
const THEIRS = '72f988bf-86f1-41af-91ab-2d7cd011db47'
/** Where all personal accounts are. */
const PERSONAL = '9188040d-6c67-4c5b-b112-36a304b66dad'
const USERINFO = fakePath('https://graph.microsoft.com/oidc/userinfo')

/** Providers of one app, all of them Microsoft: the door that people go in by, and whose tenants are let in. */
const TENANTS = {
  anybody: { tenant: 'common', authority: 'common', in: [OURS, THEIRS, PERSONAL] },
  companies: { tenant: 'organizations', authority: 'organizations', in: [OURS, THEIRS] },
  private: { tenant: 'consumers', authority: 'consumers', in: [PERSONAL] },
  ours: { tenant: OURS, authority: OURS, in: [OURS] },
  two: { tenant: `${OURS},${THEIRS}`, authority: 'organizations', in: [OURS, THEIRS] },
  mixed: { tenant: `${PERSONAL},${OURS}`, authority: 'common', in: [OURS, PERSONAL] },
}
type Name = keyof typeof TENANTS

const issuerOf = (tid: string) => `https://login.microsoftonline.com/${tid}/v2.0`

/** A provider as its settings have it, with somebody of this tenant at the keyboard. */
function scriptOf(name: Name, claims: Record<string, string | boolean> = {}): CodeScript {
  const { tenant, authority } = TENANTS[name]
  return { ...microsoftAt(authority, claims), settings: { PRESET: 'microsoft', TENANT: tenant } }
}

const names = Object.keys(TENANTS) as Name[]
const start = (settings = {}) => startPresetApp(Object.fromEntries(names.map(name => [name, scriptOf(name)])), settings)

describe('MX-15 An issuer with a tenant in it', () => {
  let stage: PresetApp
  before(async () => {
    stage = await start()
  })
  after(() => stage.stop())
  beforeEach(() => {
    stage.problems.length = 0
  })

  async function enter(name: Name, claims: Record<string, string | boolean>) {
    stage.put(name, scriptOf(name, claims))
    const visitor = stage.newVisitor()
    const before = stage.far.calls(USERINFO)
    const page = await visitor.enter(name)
    assert.deepEqual(stage.problems, [])
    return { page, visitor, asked: stage.far.calls(USERINFO) > before }
  }

  for (const name of names) {
    test(`MX-15 an issuer with a tenant in it lets in the tenants of "${TENANTS[name].tenant}" and nobody else`, async () => {
      for (const tid of [OURS, THEIRS, PERSONAL]) {
        const { page, asked } = await enter(name, { tid, iss: issuerOf(tid) })
        const isLetIn = (TENANTS[name].in as string[]).includes(tid)
        if (isLetIn) assert.equal(page.status, 200, page.text)
        else assertRefused(page, 502, 'id_token_invalid')
        assert.equal(asked, isLetIn, 'A refused ID token is refused before the user endpoint is called')
      }
    })
  }

  test('MX-15 an issuer with a tenant in it is that of the tenant which the token itself names, and never the template', async () => {
    for (const name of ['anybody', 'companies', 'ours', 'two'] as const) {
      for (const iss of [
        issuerOf(THEIRS),
        issuerOf('{tenantid}'),
        issuerOf(TENANTS[name].authority).replace(OURS, 'common'),
      ]) {
        const { page, asked } = await enter(name, { tid: OURS, iss })
        assertRefused(page, 502, 'id_token_invalid')
        assert.equal(asked, false)
      }
    }
  })

  test('MX-15 ID-05 an issuer with a tenant in it makes two people of one object id in two tenants', async () => {
    const idOf = async (tid: string) => {
      const { visitor } = await enter('anybody', { tid, iss: issuerOf(tid) })
      return (await sessionOf(visitor)).user.id
    }
    assert.notEqual(await idOf(OURS), await idOf(THEIRS))
    assert.equal(await idOf(OURS), await idOf(OURS))
  })
})

describe('An address at Microsoft', () => {
  let stage: PresetApp
  before(async () => {
    stage = await start({ ALLOWED_USERS: 'domain:example.org' })
  })
  after(() => stage.stop())

  test('ID-03 an address at Microsoft opens no door while only the administrator of some tenant vouches for it', async () => {
    const claims = { tid: THEIRS, iss: issuerOf(THEIRS) }
    const enter = (more = {}) => {
      stage.put('anybody', scriptOf('anybody', { ...claims, ...more }))
      return stage.newVisitor().enter('anybody')
    }
    assertRefused(await enter(), 403, 'not_admitted')
    assertRefused(await enter({ email_verified: true }), 403, 'not_admitted')
    assertRefused(await enter({ xms_edov: false }), 403, 'not_admitted')
    assert.equal((await enter({ xms_edov: true })).status, 200)
  })
})
