import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  AccountPage,
  AccountPageConnection,
  AccountPageEvent,
  AccountPageSession,
} from '../../../src/accounts/users/account-page.js'
import { describeEvent, presentAccount } from '../../../src/web/present/account.js'

const NOW = Date.UTC(2026, 10, 21)
const DAY = 24 * 60 * 60_000
const PROVIDERS = new Map([
  ['github', { label: 'GitHub' }],
  ['gitlab', { label: 'GitLab' }],
])
const user = {
  ...{ id: 'id', name: 'Ada', login: 'ada', email: null, emailVerified: false, picture: null },
  ...{ disabledAt: null, createdAt: 0, updatedAt: 0 },
}
const connection: AccountPageConnection = {
  ...{ id: 'one', provider: 'github', label: 'GitHub', login: 'ada', email: null, emailVerified: false },
  ...{ scope: undefined, missingScope: [], createdAt: NOW - 90 * DAY, lastSignInAt: NOW, reconnectSince: null },
  current: true,
}
const session: AccountPageSession = {
  ...{ id: 'one', device: 'Firefox on Linux', address: null, label: 'GitHub' },
  ...{ createdAt: NOW - DAY, seenAt: NOW, current: false },
}
const event: AccountPageEvent = {
  ...{ at: NOW, kind: 'signed-in', code: null, address: null, label: 'GitHub', device: 'Firefox on Linux' },
}
const nothing: AccountPage = { connections: [], sessions: [], hasMoreSessions: false, activity: [] }
const present = (page: Partial<AccountPage>) => presentAccount({ ...nothing, ...page }, user, PROVIDERS, NOW)
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

test('the account page says since when a connection is there, and when it was used', () => {
  const [shown] = present({ connections: [connection] }).connections
  assert.equal(shown?.since.text, '3 months ago')
  assert.equal(shown?.used.text, 'just now')
})

test('the account page keeps the only way in, and one that PROVIDERS names no more is no other way', () => {
  const onlyOf = (...connections: AccountPageConnection[]) =>
    present({ connections }).connections.map(one => one.onlyWayIn)
  const other = { ...connection, id: 'two', provider: 'gitlab' }
  assert.deepEqual(onlyOf(connection), [true])
  assert.deepEqual(onlyOf(connection, other), [false, false])
  assert.deepEqual(onlyOf(connection, { ...other, provider: 'gone' }), [true, false])
})

test('W13 the account page advises what the person can do, and nothing else', () => {
  const mine = { ...session, id: 'mine', current: true }
  const other = { ...connection, id: 'two', provider: 'gitlab' }
  const adviceFor = (connections: AccountPageConnection[], sessions: AccountPageSession[]) =>
    present({ connections, sessions }).advice
  const password = 'change your password at GitHub: who can sign in there can sign in here.'
  const disconnect = 'disconnect the account that was used for it.'
  assert.equal(adviceFor([connection], [mine, session]), `End that session. Then ${password}`)
  assert.equal(adviceFor([connection, other], [mine, session]), `End that session. Then ${disconnect}`)
  assert.equal(adviceFor([connection], [mine]), `C${password.slice(1)}`)
  assert.equal(adviceFor([connection, other], [mine]), `D${disconnect.slice(1)}`)
  // What PROVIDERS names no more is no way in, so the other one cannot be disconnected.
  assert.equal(adviceFor([connection, { ...other, provider: 'gone' }], [mine]), `C${password.slice(1)}`)
  assert.match(adviceFor([], [mine]), /^Change your password at the provider you sign in with/)
})

test('the account page shows the session that looks first, folds long lists, and never a single one', () => {
  const countsOf = (count: number) => {
    const { first, rest } = present({ sessions: times(count, session) }).sessions
    return [first.length, rest.length]
  }
  assert.deepEqual([4, 5, 6, 7, 50].map(countsOf), [
    [4, 0],
    [5, 0],
    [6, 0],
    [5, 2],
    [5, 45],
  ])
  const page = present({ sessions: [...times(8, session), { ...session, id: 'mine', current: true }] })
  assert.equal(page.sessions.first[0]?.id, 'mine')
  assert.equal(page.others, true)
  assert.equal(present({ sessions: [{ ...session, current: true }] }).others, false)
})

test('the account page tells what happened in sentences', () => {
  const cases: [Partial<AccountPageEvent>, string][] = [
    [{}, 'Signed in with GitHub from Firefox on Linux'],
    [{ device: 'A script (curl)' }, 'Signed in with GitHub from a script (curl)'],
    [{ device: null }, 'Signed in with GitHub'],
    [{ code: 'new_account' }, 'Came here for the first time, with GitHub from Firefox on Linux'],
    [{ code: 'new_device' }, 'Signed in with GitHub from a new device: Firefox on Linux'],
    [{ kind: 'sign-in-refused', code: 'not_admitted', device: null }, 'A sign-in with GitHub was refused'],
    [{ kind: 'connected' }, 'Connected GitHub'],
    [{ kind: 'connected', code: 'again' }, 'Connected GitHub again'],
    [{ kind: 'disconnected' }, 'Disconnected GitHub'],
    [{ kind: 'refresh-failed' }, 'GitHub would not renew its access'],
    [{ kind: 'session-ended', code: 'person' }, 'A session was ended from the account page'],
    [{ kind: 'session-ended', code: 'provider' }, 'A session was ended by GitHub'],
    [{ kind: 'session-ended', code: 'operator', label: null }, 'A session was ended by an administrator'],
    [{ kind: 'session-ended', code: 'rules' }, 'A session was ended, because GitHub may no longer open one here'],
    [{ kind: 'signed-out' }, 'Signed out from Firefox on Linux'],
    [{ kind: 'account-deleted' }, 'The account was deleted'],
    [{ kind: 'account-disabled', label: null }, 'An administrator disabled this account'],
    [{ kind: 'account-enabled', label: null }, 'An administrator enabled this account again'],
    [{ kind: 'accounts-merged', label: null }, 'An administrator merged another account into this one'],
    [{ kind: 'identities-moved' }, 'An administrator moved the connections of GitHub'],
  ]
  for (const [changes, text] of cases) assert.equal(describeEvent({ ...event, ...changes }).text, text)
})

test('the account page shows the code of a refusal and of a failure, and no other', () => {
  const codeOf = (kind: AccountPageEvent['kind']) => describeEvent({ ...event, kind, code: 'a_code' }).code
  assert.deepEqual([codeOf('sign-in-refused'), codeOf('refresh-failed')], ['a_code', 'a_code'])
  for (const kind of ['signed-in', 'connected', 'session-ended', 'signed-out'] as const) {
    assert.equal(codeOf(kind), null)
  }
})
