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

test('ID-13 what a provider takes away takes the role with the next refresh, not before, and the person stays', async () => {
  belongsTo('staff')
  assert.equal((await things()).result, 200)
  assert.deepEqual(await roles(), ['editor'])
  clock += HOUR
  assert.equal((await things()).result, 200)
  assert.deepEqual(await roles(), [])
  assert.deepEqual(acme.far.tokens.refreshes, { asked: 1, granted: 1 })
})

test('ID-13 what a provider takes away gives a new role with the next refresh too', async () => {
  belongsTo('staff')
  clock += HOUR
  await things()
  assert.deepEqual(await roles(), [])
  belongsTo('staff', 'writers')
  clock += HOUR
  await things()
  assert.deepEqual(await roles(), ['editor'])
})

test('ID-13 what a provider takes away ends every session of it where no rule fits any more, and whoever asked is told why', async () => {
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

test('ID-13 what a provider takes away shows on the profile page as well: its visitor is told, and out', async () => {
  belongsTo()
  clock += HOUR
  const page = await ada.open('/profile')
  assert.equal(page.status, 403)
  assert.match(page.text, /<code>not_admitted<\/code>/)
  assert.equal(await roles(), undefined)
})

test('ID-13 what a provider takes away is not known where the provider cannot tell: nothing changes, and it is asked again with the next refresh', async () => {
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

test('ID-13 what a provider takes away is gone at the latest with SESSION_LIFETIME, also where nobody asks the API', async () => {
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
