import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Acme, assertRefused, reply, startAcme } from '../support/acme.js'
import { startBehindTls } from '../support/behind-tls.js'
import { startFakeProvider, wayBack } from '../support/fake-provider.js'
import type { Bend } from '../support/op.js'
import { assertRefusedWith, startOpSite } from '../support/op-site.js'
import { ASKS, startTrail } from '../support/trail.js'
import { type Page, Visitor } from '../support/visitor.js'

let acme: Acme

before(async () => {
  acme = await startAcme()
})
after(() => acme.stop())
beforeEach(() => acme.reset())

/** Starts a sign-in, and answers the URL that the provider sends the browser back to. */
async function comeBack(visitor: Visitor): Promise<string> {
  const start = await visitor.open('/login/acme?return_to=/profile')
  return wayBack(start.location ?? '')
}

describe('attempt_missing tells apart', () => {
  it('another browser, which has cookies, but not that one', async () => {
    const other = acme.newVisitor()
    await other.open('/login/acme')
    const page = await other.open(await comeBack(acme.newVisitor()))
    assertRefused(page, 400, 'attempt_missing')
    assert.match(page.text, /belongs to another browser/)
    assert.doesNotMatch(page.text, /For the operator/)
  })

  it('a browser that keeps no cookies', async () => {
    const page = await acme.newVisitor().open(await comeBack(acme.newVisitor()))
    assertRefused(page, 400, 'attempt_missing')
    assert.match(page.text, /This browser sent no cookie/)
  })

  it('a changed host, and tells the operator the setting and both names', async () => {
    const { app } = acme
    const visitor = new Visitor(app.origin.replace('localhost', '127.0.0.1'))
    const page = await visitor.open(await comeBack(visitor))
    assertRefused(page, 400, 'attempt_missing')
    assert.match(page.text, /began at another address/)
    assert.ok(page.text.includes(`You opened ${visitor.origin}, but PUBLIC_URL is ${app.origin}`), page.text)
  })
})

const hintOf = ({ text }: Page) => /For the operator[\s\S]*?<p>([^<]*)/.exec(text)?.[1] ?? text

describe('In local, a second paragraph names the setting to change', () => {
  const enter = async (visitor: Visitor) => visitor.open(await comeBack(visitor))

  it('of the credentials, when the provider refuses the exchange', async () => {
    acme.far.on('/token', reply('{"error":"invalid_client"}', { status: 401 }))
    assert.match((await enter(acme.newVisitor())).text, /ACME_CLIENT_ID or ACME_CLIENT_SECRET/)
  })

  it('of the endpoints, when what comes back is a web page', async () => {
    acme.far.on('/user', reply('<!doctype html>', { type: 'text/html' }))
    assert.match((await enter(acme.newVisitor())).text, /ACME_TOKEN_URL and ACME_USER_URL/)
  })

  it('of the issuer and the rules for ID tokens, where a provider speaks OpenID Connect', async t => {
    const site = await startOpSite()
    t.after(() => site.stop())
    const hintFor = async (code: string, bend: Bend) => {
      site.far.reset()
      site.far.bend(bend)
      return hintOf((await assertRefusedWith(site, code)).page)
    }

    const forged = await hintFor('id_token_invalid', { claims: { aud: 'somebody-else' } })
    assert.match(forged, /OP_ISSUER, which counts to the letter, at OP_ID_TOKEN_ALG .* the clock of this machine/)
    assert.match(await hintFor('subject_mismatch', { user: { sub: 'somebody-else' } }), /OP_USER_URL and OP_ISSUER/)
    site.far.on('/token', reply('<!doctype html>', { type: 'text/html' }))
    assert.match(
      hintOf(await site.newVisitor().follow('/')),
      /OP_ISSUER, and OP_DISCOVERY_URL, OP_TOKEN_URL, OP_USER_URL and OP_JWKS_URL/,
    )
  })

  it('of all three endpoints and the signature, where a provider speaks OAuth 1.0a', async t => {
    const trail = await startTrail()
    t.after(() => trail.stop())
    const hint = async () => hintOf(await trail.newVisitor().follow('/login/trail'))

    trail.far.on(ASKS, (_request, response) => void response.type('html').send('<!doctype html>'))
    assert.match(await hint(), /TRAIL_REQUEST_TOKEN_URL, TRAIL_TOKEN_URL and TRAIL_USER_URL/)
    trail.far.on(ASKS, (_request, response) => void response.status(401).send('oauth_problem=signature_invalid'))
    assert.match(await hint(), /TRAIL_CLIENT_ID, TRAIL_CLIENT_SECRET or TRAIL_SIGNATURE_METHOD/)
  })

  it('of the rules, when nobody lets the person in', async () => {
    const strict = await startAcme({ ALLOWED_USERS: 'subject:acme:nobody' })
    try {
      assert.match((await enter(strict.newVisitor())).text, /ALLOWED_USERS says who may enter/)
    } finally {
      await strict.stop()
    }
  })

  it('and elsewhere there is none', async () => {
    const far = await startFakeProvider()
    const { door, stop } = await startBehindTls(far.settings())
    try {
      const page = await new Visitor(door).open('/oauth/acme/callback?state=unknown&code=ada')
      assertRefused(page, 400, 'attempt_missing')
      assert.doesNotMatch(page.text, /For the operator|PUBLIC_URL/)
    } finally {
      await stop()
      await far.stop()
    }
  })
})
