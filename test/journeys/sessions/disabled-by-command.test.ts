import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { after, before, it } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { type Acme, assertRefused, sessionOf, signIn, startAcme } from '../../support/acme-app.js'
import { Installed } from '../../support/installed.js'

let acme: Acme
let installed: Installed
let now = Date.now()
const SECRET_KEYS = randomToken()
before(async () => {
  installed = new Installed()
  acme = await startAcme({ SECRET_KEYS }, { now: () => now })
})
after(async () => {
  await acme.stop()
  await installed.remove()
})

/** The operator's command, on the file that the app is using. */
async function command(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await installed.run(args, { DATABASE_URL: acme.databaseUrl, SECRET_KEYS })
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
}

/** Who ended sessions of a person, by their audit trail. */
async function endsOf(userId: string): Promise<unknown[]> {
  const rows = await acme.sql(
    `select code from events where kind = 'session-ended' and user_id = '${userId}' order by at`,
  )
  return rows.map(({ code }) => code)
}

it('ID-11 somebody who is disabled by the command is out within five seconds, and comes in when enabled again', async () => {
  const browser = acme.newVisitor()
  const { id } = await signIn(acme, browser)
  assert.match(await command('users', 'disable', 'ada'), new RegExp(`${id}.* is disabled\\. 1 session ended\\.`))

  now += 5_000
  assert.deepEqual(await sessionOf(browser), { signed_in: false })
  assert.equal((await browser.ask('/profile')).status, 401)
  assert.match((await browser.follow('/')).text, /You have been signed out/)
  assertRefused(await browser.follow('/login/acme'), 403, 'account_disabled')
  assertRefused(await acme.newVisitor().follow('/'), 403, 'account_disabled')
  assert.deepEqual(await acme.sql('select * from sessions'), [])
  assert.deepEqual(await endsOf(id), ['operator'])
  const acts = await acme.sql(`select actor from events where kind = 'account-disabled' and user_id = '${id}'`)
  assert.deepEqual(
    acts.map(({ actor }) => actor),
    [userInfo().username],
  )

  await command('users', 'enable', 'ada')
  assert.deepEqual(await sessionOf(browser), { signed_in: false })
  assert.equal((await signIn(acme, browser)).id, id)
})

it('somebody whose sessions are ended by the command is out everywhere within five seconds, and may come back', async () => {
  const browsers = [acme.newVisitor(), acme.newVisitor()]
  const [ada] = await Promise.all(browsers.map(browser => signIn(acme, browser)))
  const before = await endsOf(ada.id)
  const sessions = (await acme.sql('select * from sessions')).length
  assert.match(await command('users', 'end-sessions', 'ada'), new RegExp(`: ${sessions} sessions ended\\.`))
  assert.deepEqual(await endsOf(ada.id), [...before, 'operator'])

  now += 5_000
  for (const browser of browsers) assert.deepEqual(await sessionOf(browser), { signed_in: false })
  for (const browser of browsers) {
    assert.match((await browser.follow('/')).text, /You have been signed out/)
    assert.equal((await signIn(acme, browser)).login, 'ada')
  }
})
