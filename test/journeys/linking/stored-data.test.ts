// What is kept of people and what they granted, for apps that do more with it than let them in.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Acme, ADA, signIn, startAcme } from '../../support/acme-app.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { json } from '../../support/fake-provider.js'

let acme: Acme<FakeOAuth2>
before(async () => {
  acme = await startAcme({ ACME_SCOPE: 'profile email repos' })
})
after(() => acme.stop())
beforeEach(async () => {
  await acme.sql('delete from users')
  acme.reset()
})

test('a user, their identity at the provider and its tokens are kept, each in a table of its own', async () => {
  const { id } = await signIn(acme)
  const rows = await acme.sql(`select users.login, provider, subject, scope from users
      join identities on user_id = users.id join provider_tokens on identity_id = identities.id`)
  assert.deepEqual(rows, [{ login: 'ada', provider: 'acme', subject: '1', scope: null }])
  const [identity] = await acme.sql(`select id from identities where user_id = '${id}'`)
  const tokens = await acme.app.vestibule.store.tokens.load(String(identity?.id))
  assert.match(tokens?.accessToken ?? '', /^token-of-/)
})

test('the raw profile is kept with all that the provider told, and is the newest one after the next sign-in', async () => {
  for (const plan of ['free', 'pro']) {
    const reported = { ...ADA, plan, shoe: { size: 38 }, tags: ['a', 'b'] }
    acme.far.setUser(reported)
    await signIn(acme)
    const [identity] = await acme.sql('select raw_profile from identities')
    assert.deepEqual(JSON.parse(String(identity?.raw_profile)), reported)
  }
})

test('A10 the raw profile is whole whatever the access token is made of, and the profile page shows it', async () => {
  for (const token of [':', ',', '{', '1', 'true', '"', 'null']) {
    acme.far.on('/token', json({ access_token: token, token_type: 'Bearer' }))
    acme.far.on('/user', json({ ...ADA, ok: true, nothing: null }))
    const visitor = acme.newVisitor()
    await signIn(acme, visitor)
    assert.equal((await visitor.open('/profile')).status, 200, token)
    const [identity] = await acme.sql('select raw_profile from identities')
    assert.deepEqual(JSON.parse(String(identity?.raw_profile)), { ...ADA, ok: true, nothing: null })
  }
})

test('the scope that was granted is kept and shown, and what was asked for and not granted beside it', async () => {
  acme.far.tokens.gives({ more: { scope: 'profile repos' } })
  const visitor = acme.newVisitor()
  await signIn(acme, visitor)
  assert.deepEqual(await acme.sql('select scope from provider_tokens'), [{ scope: 'profile repos' }])
  const words = (await visitor.open('/account')).text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
  assert.match(words, /Access: profile repos Asked for, but not given: email /)
})
