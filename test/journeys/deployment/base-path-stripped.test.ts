import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAcme } from '../../support/acme-app.js'
import { HttpBrowser } from '../../support/http-browser.js'

const WARNING = /"level":"?(?:40|warn)"?,[^\n]*Paths arrive without BASE_PATH=\/auth: does the proxy take it off\?/

test("an operator's mistake leaves nobody guessing: a proxy that takes BASE_PATH off is named in the log, once", async t => {
  const acme = await startAcme({ BASE_PATH: '/auth' })
  t.after(() => acme.stop())
  const visitor = new HttpBrowser(acme.app.origin)
  const logged = () => acme.app.logged().match(/Paths arrive without BASE_PATH/g)

  // Neither our own paths nor what is nobody's says anything of the proxy.
  for (const path of ['/auth/login', '/auth/nowhere', '/nowhere', '/favicon.ico']) await visitor.open(path)
  assert.equal(logged(), null)
  for (const path of ['/', '/login', '/profile?x=1']) assert.equal((await visitor.open(path)).status, 404, path)
  assert.equal(logged()?.length, 1)
  assert.match(acme.app.logged(), WARNING)
})

test('without BASE_PATH nothing is said of it', async t => {
  const acme = await startAcme()
  t.after(() => acme.stop())
  const visitor = new HttpBrowser(acme.app.origin)
  for (const path of ['/login', '/nowhere']) await visitor.open(path)
  assert.doesNotMatch(acme.app.logged(), /Paths arrive/)
})
