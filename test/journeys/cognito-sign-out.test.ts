// The end of the session at Amazon Cognito, whose /logout is none of RP-Initiated Logout.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { signIn } from '../support/acme.js'
import type { Settings } from '../support/app.js'
import { json } from '../support/fake-provider.js'
import { pressSignOut, wayOn } from '../support/logout-site.js'
import { DISCOVERY, type Op } from '../support/op.js'
import { metadataOf } from '../support/op-answers.js'
import { type OpSite, startOpSite } from '../support/op-site.js'

/** An app with the preset, and a stand-in for Cognito as its documentation describes /logout. */
async function startCognito(t: TestContext, settings: (op: Op) => Settings): Promise<OpSite> {
  const site = await startOpSite({ settings: op => ({ OP_PRESET: 'cognito', OP_LABEL: 'Pool', ...settings(op) }) })
  t.after(() => site.stop())
  const registered = [`${site.app.origin}/signed-out`, 'https://www.example.org/']
  site.far.on('/logout', (seen, response) => {
    const uri = seen.query.get('logout_uri') ?? ''
    const isRight = seen.query.get('client_id') === 'client-at-op' && registered.includes(uri)
    if (!isRight) return json({ message: 'Required String parameter is not present' }, 400)(seen, response)
    response.writeHead(302, { Location: uri }).end()
  })
  return site
}

async function signOut(site: OpSite) {
  const visitor = site.newVisitor()
  await signIn(site, visitor)
  const url = wayOn(await pressSignOut(visitor))
  return { url, response: await visitor.open(url.href), visitor }
}

describe('B-52 Signing out of Amazon Cognito', () => {
  const byUrl = ({ origin }: Op): Settings => ({ OP_END_SESSION_URL: `${origin}/logout` })

  it('B-52 takes the URL of /logout and nothing else, and comes back signed out', async t => {
    const site = await startCognito(t, byUrl)
    const { url, response, visitor } = await signOut(site)
    assert.deepEqual([...url.searchParams.keys()], ['client_id', 'logout_uri'])
    assert.equal(response.location, `${site.app.origin}/signed-out`)
    assert.match((await visitor.open(response.location ?? '')).text, /<h1>You are signed out<\/h1>/)
  })

  it('B-52 uses the same parameters where the metadata name /logout', async t => {
    const site = await startCognito(t, () => ({}))
    const { issuer, origin } = site.far
    site.far.on(DISCOVERY, json({ ...metadataOf(issuer, undefined), end_session_endpoint: `${origin}/logout` }))
    const { response } = await signOut(site)
    assert.equal(response.location, `${site.app.origin}/signed-out`)
  })

  it('B-52 leaves a logout_uri that was written by hand, as a way around, as it is', async t => {
    const byHand = ({ origin }: Op) => ({
      OP_END_SESSION_URL: `${origin}/logout?logout_uri=https%3A%2F%2Fwww.example.org%2F`,
    })
    const { url, response } = await signOut(await startCognito(t, byHand))
    assert.deepEqual([...url.searchParams.keys()], ['logout_uri', 'client_id'])
    assert.equal(response.location, 'https://www.example.org/')
  })
})
