import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import {
  type Acme,
  ADA,
  assertRefused,
  assertSignedOut,
  consentAtOnce,
  reply,
  signIn,
  startAcme,
} from '../../support/acme-app.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'

let acme: Acme
before(async () => {
  acme = await startAcme()
})
after(() => acme.stop())
beforeEach(() => acme.reset())

const TOKEN = { access_token: 'made-up', token_type: 'Bearer' }

for (const status of [429, 503]) {
  for (const after of ['999999999', '0', '-1', 'Thu, 01 Jan 1970 00:00:00 GMT', 'soon', '1e300']) {
    test(`TK-21 a provider that answers ${status} and "Retry-After: ${after}" is neither waited for nor asked again`, async () => {
      for (const path of ['/token', '/user']) {
        acme.reset()
        acme.far.on(path, reply('{}', { status, headers: { 'Retry-After': after } }))
        const page = await acme.newVisitor().follow('/login/acme')
        assertRefused(page, 502, 'provider_error')
        assert.equal(page.headers['retry-after'], undefined)
        assert.equal(acme.far.calls(path), 1)
      }
    })
  }
}

test('TK-26 a provider that sets cookies sets none here, and gets none back', async () => {
  const headers = { 'Set-Cookie': 'planted=1; Path=/', 'X-Planted': '1', Link: '</planted>; rel=preload' }
  acme.far.on('/token', reply(JSON.stringify(TOKEN), { headers }))
  acme.far.on('/user', reply(JSON.stringify(ADA), { headers }))
  const ada = acme.newVisitor()
  for (let page = await ada.open('/profile'); page.location; page = await ada.open(page.location)) {
    assert.doesNotMatch(JSON.stringify(page.headers), /planted/i)
  }
  assert.doesNotMatch(JSON.stringify((await ada.open('/profile')).headers), /planted/i)
  assert.ok(acme.far.calls('/user') >= 3)
  for (const { path, headers } of acme.far.requests) if (path !== '/authorize') assert.equal(headers.cookie, undefined)
})

test('TK-28 a provider that hangs up between two calls costs nobody a sign-in', async () => {
  const sockets = new Set<Socket>()
  const remembering =
    (handler: FakeHandler): FakeHandler =>
    (seen, response) => {
      if (response.socket) sockets.add(response.socket)
      return handler(seen, response)
    }
  for (let round = 0; round < 5; round++) {
    acme.far.on('/token', remembering(json(TOKEN)))
    acme.far.on('/user', remembering(json(ADA)))
    await signIn(acme)
    const closed = [...sockets].map(socket => new Promise(resolve => socket.once('close', resolve)))
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
    sockets.clear()
  }
  // Once a sign-in, and never again: a code is not spent twice.
  assert.equal(acme.far.calls('/token'), 5)
  assert.equal(acme.far.calls('/user'), 5)
})

test('DS-17 a provider that fails again and again is called over one connection, and recovers without delay', async () => {
  const sockets = new Set<Socket>()
  const failures: FakeHandler[] = [json({ error: 'invalid_grant' }, 400), json({}), reply('<p>', { type: 'text/html' })]
  for (let round = 0; round < 90; round++) {
    acme.far.reset()
    consentAtOnce(acme.far)
    acme.far.on('/token', (seen, response) => {
      if (response.socket) sockets.add(response.socket)
      return failures[round % failures.length]?.(seen, response)
    })
    assert.equal((await acme.newVisitor().follow('/login/acme')).status, 502)
  }
  assert.ok(sockets.size <= 2, `${sockets.size} connections`)
  acme.reset()
  assert.equal((await signIn(acme)).login, 'ada')
})

test('UI-02 a user endpoint that turns the token away signs nobody in, whatever stands in an ID token beside it', async () => {
  const claims = Buffer.from(JSON.stringify({ sub: '1', name: 'Ada' })).toString('base64url')
  acme.far.on('/token', json({ ...TOKEN, id_token: `eyJhbGciOiJub25lIn0.${claims}.` }))
  acme.far.on('/user', json({ message: 'Bad credentials' }, 401))
  await acme.sql('delete from users')
  const visitor = acme.newVisitor()
  assertRefused(await visitor.follow('/login/acme'), 502, 'provider_error')
  await assertSignedOut(acme, visitor)
})
