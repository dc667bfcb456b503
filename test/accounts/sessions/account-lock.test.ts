// Changes of an account: who may still ask for them, and that what they end is over at once.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { ActiveSession } from '../../../src/accounts/sessions/active-session.js'
import { endOtherSessions, endSession, signOut } from '../../../src/accounts/sessions/end-sessions.js'
import { unlinkIdentity } from '../../../src/accounts/sign-in/linking.js'
import { deleteAccount } from '../../../src/accounts/users/delete-account.js'
import { disableUser } from '../../../src/accounts/users/user-status.js'
import { sha256 } from '../../../src/crypto/digest.js'
import { randomToken } from '../../../src/crypto/random.js'
import { withExternalTokens } from '../../../src/store/external-tokens.js'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../../store/both-databases.js'
import { createMemoryTokens } from '../../store/memory-tokens.js'
import { NOW, type Person } from '../../store/sample-users.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { acmeAt, connected, type Instance, newInstance, signedIn } from '../setup.js'

const BROWSER = { userAgent: null, address: null }

onBothDatabases(database => {
  let far: FakeProvider
  let store: Store
  let instance: Instance
  let person: Person
  let asker: ActiveSession
  let other: ActiveSession
  before(async () => {
    far = await startFakeProvider()
    store = await database.openStore()
  })
  after(() => far.stop())
  beforeEach(async () => {
    instance = newInstance(store, { now: NOW }, [acmeAt(far)])
    const made = await connected(store)
    const [github] = await store.identities.listOfUser(made.person.user.id)
    assert.ok(github)
    person = made.person
    asker = await signedIn(store, person)
    other = await signedIn(store, { user: person.user, identity: { ...github, rawProfile: '{}', claimSources: null } })
  })
  afterEach(() => instance.close())

  const acts: Record<string, () => Promise<unknown>> = {
    'take off a connection': () => unlinkIdentity(instance.deps, asker, other.identityId, BROWSER),
    'end another session': () => endSession(instance.deps, asker, other.id, BROWSER),
    'end all other sessions': () => endOtherSessions(instance.deps, asker, BROWSER),
    'delete the account': () => deleteAccount(instance.deps, asker),
  }
  const belongings = async () => ({
    user: (await store.users.find(person.user.id))?.id,
    identities: (await store.identities.listOfUser(person.user.id)).length,
    other: (await store.sessions.find(other.handleHash))?.session.id,
    events: (await store.events.listOfUser(person.user.id, 9)).length,
  })

  test('a session that two tabs sign out at once has ended once', async () => {
    await Promise.all([signOut(instance.deps, asker, BROWSER), signOut(instance.deps, asker, BROWSER)])
    const kinds = (await store.events.listOfUser(person.user.id, 9)).map(({ kind }) => kind)
    assert.deepEqual(kinds, ['signed-out'])
  })

  for (const [what, act] of Object.entries(acts)) {
    test(`a session that has ended elsewhere a moment ago cannot ${what}`, async () => {
      await store.sessions.remove(asker.handleHash)
      const before = await belongings()
      await assert.rejects(act(), { name: 'AccountError', code: 'sign_in_required' })
      assert.deepEqual(await belongings(), before)
    })

    test(`somebody who has been disabled elsewhere a moment ago cannot ${what}`, async () => {
      await disableUser(store, person.user.id, 'root', NOW)
      await store.sessions.insert({ ...other, ...BROWSER, ...late(asker) })
      const before = await belongings()
      await assert.rejects(act(), { name: 'AccountError', code: 'account_disabled' })
      assert.deepEqual(await belongings(), before)
    })
  }

  test('of two deletions at once one deletes, and the other is told that its session has ended', async () => {
    const reported = await Promise.allSettled([
      deleteAccount(instance.deps, asker),
      deleteAccount(instance.deps, asker),
    ])
    assert.deepEqual(reported.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const late = reported.find(({ status }) => status === 'rejected')
    assert.equal(late?.status === 'rejected' && late.reason.code, 'sign_in_required')
    assert.equal(await store.users.find(person.user.id), undefined)
  })

  for (const [what, act] of Object.entries({ ...acts, 'sign out': () => signOut(instance.deps, asker, BROWSER) })) {
    test(`to ${what} counts at once, also where tokens are kept elsewhere and cannot be removed there`, async () => {
      const failing = { ...createMemoryTokens(), remove: () => Promise.reject(new Error('unreachable')) }
      await instance.close()
      instance = newInstance(withExternalTokens(store, failing), { now: NOW }, [acmeAt(far, REVOKING(far))])
      const { sessions } = instance.deps
      const handles = [randomToken(), randomToken()]
      const [mine = '', others = ''] = handles
      asker = await signedIn(store, person, sha256(mine))
      const [github] = await store.identities.listOfUser(person.user.id)
      assert.ok(github)
      const identity = { ...github, rawProfile: '{}', claimSources: null }
      other = await signedIn(store, { user: person.user, identity }, sha256(others))
      for (const handle of handles) assert.ok(await sessions.read(handle))
      await act().catch(() => {})
      const inTable = await Promise.all(handles.map(async each => Boolean(await store.sessions.find(sha256(each)))))
      const here = await Promise.all(handles.map(async each => Boolean(await sessions.read(each))))
      assert.deepEqual(here, inTable)
      assert.ok(here.includes(false))
    })
  }
})

const REVOKING = ({ origin }: FakeProvider) => ({ revocationUrl: `${origin}/revoke` })

/** The session of a sign-in that had looked before its person was disabled. */
const late = ({ handleHash, id, user, identityId }: ActiveSession) => ({
  ...{ handleHash, id, userId: user.id, identityId, providerSid: null, idToken: undefined, seenAt: NOW },
})
