import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Acme, ADA, signIn, startAcme } from '../../support/acme-app.js'
import { type Ask, addPage } from '../../support/developer-page.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { json } from '../../support/fake-provider.js'
import type { HttpBrowser } from '../../support/http-browser.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const STAFF = { ...ADA, groups: ['staff', 'writers'] }

let acme: Acme<FakeOAuth2>
let ask: Ask
let ada: HttpBrowser
let clock = Date.now()
before(async () => {
  const rules = { ALLOWED_USERS: 'group:acme:staff', ROLE_RULES: 'editor=group:acme:writers', SESSION_IDLE: '10d' }
  acme = await startAcme(far => ({ ...far.laterSettings('acme'), ...rules, SESSION_LIFETIME: '10d' }), {
    now: () => clock,
  })
  ask = addPage(acme.app)
})
after(() => acme.stop())
beforeEach(async () => {
  clock += 20 * DAY
  acme.reset()
  acme.far.atKeyboard(STAFF)
  acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  ada = acme.newVisitor()
  await signIn(acme, ada)
})

const belongsTo = (...groups: string[]) => acme.far.setUser({ ...ADA, groups })
const things = (visitor = ada) => ask(visitor, async ctx => (await ctx.provider('acme').get('/things')).status)
async function roles(visitor = ada): Promise<string[] | undefined> {
  return JSON.parse((await visitor.ask('/api/session')).text).user?.roles
}

test('ID-13 a group that the provider takes away removes the role at the next refresh, and the user stays signed in', async () => {
  belongsTo('staff')
  assert.equal((await things()).result, 200)
  assert.deepEqual(await roles(), ['editor'])
  clock += HOUR
  assert.equal((await things()).result, 200)
  assert.deepEqual(await roles(), [])
  assert.deepEqual(acme.far.tokens.refreshes, { asked: 1, granted: 1 })
})

test('ID-13 a group that the provider adds gives a role at the next refresh', async () => {
  belongsTo('staff')
  clock += HOUR
  await things()
  assert.deepEqual(await roles(), [])
  belongsTo('staff', 'writers')
  clock += HOUR
  await things()
  assert.deepEqual(await roles(), ['editor'])
})

test('ID-13 a user whom no rule admits any more loses all sessions at the next refresh, and the page says why', async () => {
  const elsewhere = acme.newVisitor()
  await signIn(acme, elsewhere)
  belongsTo('writers')
  clock += HOUR
  const { status, result: reported } = await things()
  assert.deepEqual([status, (reported as { error?: string }).error], [403, 'not_admitted'])
  for (const visitor of [ada, elsewhere]) {
    assert.equal(await roles(visitor), undefined)
    assert.equal((await things(visitor)).status, 401)
  }
  assert.deepEqual(await acme.sql("select kind, code from events where kind = 'session-ended'"), [
    { kind: 'session-ended', code: 'rules' },
  ])
})

test('ID-13 the profile page signs out a user whom no rule admits any more, and says why', async () => {
  belongsTo()
  clock += HOUR
  const page = await ada.open('/profile')
  assert.equal(page.status, 403)
  assert.match(page.text, /<code>not_admitted<\/code>/)
  assert.equal(await roles(), undefined)
})

test('ID-13 groups that the provider cannot send change nothing, and are requested again at the next refresh', async () => {
  belongsTo()
  clock += HOUR
  acme.far.on('/user', json({ message: 'Oh no' }, 500))
  assert.equal((await things()).result, 200)
  assert.deepEqual(await roles(), ['editor'])
  acme.far.on('/user', json({ ...ADA, groups: [] }))
  clock += HOUR
  assert.equal((await things()).status, 403)
  assert.equal(await roles(), undefined)
})

test('ID-13 a group that the provider takes away ends with SESSION_LIFETIME at the latest, also without API calls', async () => {
  belongsTo()
  clock += 10 * DAY - 1
  assert.deepEqual(await roles(), ['editor'])
  clock += 1
  assert.equal(await roles(), undefined)
  assert.equal(acme.far.tokens.refreshes.asked, 0)
  const page = await ada.follow('/')
  assert.equal(page.status, 403)
  assert.match(page.text, /<code>not_admitted<\/code>/)
})
