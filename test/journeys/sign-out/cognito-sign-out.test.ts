// The end of the session at Amazon Cognito, whose /logout is none of RP-Initiated Logout.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { signIn } from '../../support/acme-app.js'
import type { Settings } from '../../support/app.js'
import { DISCOVERY, type FakeOidc } from '../../support/fake-oidc.js'
import { metadataOf } from '../../support/fake-oidc-responses.js'
import { json } from '../../support/fake-provider.js'
import { continueUrl, pressSignOut } from '../../support/logout-app.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'

/** An app with the preset, and a stand-in for Cognito as its documentation describes /logout. */
async function startCognito(t: TestContext, settings: (op: FakeOidc) => Settings): Promise<OidcApp> {
  const site = await startOidcApp({ settings: op => ({ OP_PRESET: 'cognito', OP_LABEL: 'Pool', ...settings(op) }) })
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

async function signOut(site: OidcApp) {
  const visitor = site.newVisitor()
  await signIn(site, visitor)
  const url = continueUrl(await pressSignOut(visitor))
  return { url, response: await visitor.open(url.href), visitor }
}

describe('B-52 Signing out of Amazon Cognito', () => {
  const byUrl = ({ origin }: FakeOidc): Settings => ({ OP_END_SESSION_URL: `${origin}/logout` })

  test('B-52 signing out of Amazon Cognito takes the URL of /logout and nothing else, and comes back signed out', async t => {
    const site = await startCognito(t, byUrl)
    const { url, response, visitor } = await signOut(site)
    assert.deepEqual([...url.searchParams.keys()], ['client_id', 'logout_uri'])
    assert.equal(response.location, `${site.app.origin}/signed-out`)
    assert.match((await visitor.open(response.location ?? '')).text, /<h1>You are signed out<\/h1>/)
  })

  test('B-52 signing out of Amazon Cognito uses the same parameters where the metadata name /logout', async t => {
    const site = await startCognito(t, () => ({}))
    const { issuer, origin } = site.far
    site.far.on(DISCOVERY, json({ ...metadataOf(issuer, undefined), end_session_endpoint: `${origin}/logout` }))
    const { response } = await signOut(site)
    assert.equal(response.location, `${site.app.origin}/signed-out`)
  })

  test('B-52 signing out of Amazon Cognito leaves a logout_uri that was written by hand, as a way around, as it is', async t => {
    const byHand = ({ origin }: FakeOidc) => ({
      OP_END_SESSION_URL: `${origin}/logout?logout_uri=https%3A%2F%2Fwww.example.org%2F`,
    })
    const { url, response } = await signOut(await startCognito(t, byHand))
    assert.deepEqual([...url.searchParams.keys()], ['logout_uri', 'client_id'])
    assert.equal(response.location, 'https://www.example.org/')
  })
})
