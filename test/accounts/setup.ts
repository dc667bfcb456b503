// A person with a connection whose tokens run out, and as many instances of the app as a test wants.

import { createAuditLog } from '../../src/accounts/audit-log.js'
import { createBackgroundTasks } from '../../src/accounts/background-tasks.js'
import type { AccountsDeps } from '../../src/accounts/deps.js'
import { createHooks } from '../../src/accounts/hooks.js'
import { createProtocols } from '../../src/accounts/protocols/create-protocols.js'
import type { Connection } from '../../src/accounts/provider-api/connection.js'
import { createRefreshState } from '../../src/accounts/provider-api/refresh-state.js'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import type { ActiveSession } from '../../src/accounts/sessions/active-session.js'
import { createSessions } from '../../src/accounts/sessions/sessions.js'
import { createRecentStarts } from '../../src/accounts/sign-in/recent-starts.js'
import type { ProviderSettings } from '../../src/config/types.js'
import { randomToken } from '../../src/crypto/random.js'
import { createWaitAtMost, setTimeoutDeadline } from '../../src/net/deadline.js'
import { createHttpClient } from '../../src/net/http-client.js'
import { createProvider } from '../../src/providers/create-provider.js'
import type { Store, StoredTokens } from '../../src/store/types.js'
import { customSettings } from '../providers/samples.js'
import { newSealer } from '../store/both-databases.js'
import { addPerson, NOW, type Person, sessionOf } from '../store/sample-users.js'
import { type FakeHandler, type FakeProvider, json } from '../support/fake-provider.js'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** `monotonic` follows `now` where it is not given. */
export type Clock = { now: number; monotonic?: number }
type Changes = Partial<Pick<AccountsDeps, 'accessRules' | 'roleRules' | 'pause'>>

/** One process of the app, as far as it refreshes. */
export interface Instance {
  deps: AccountsDeps
  /** The names of what listeners were told. */
  events: string[]
  problems: unknown[]
  close(): Promise<void>
}

export function newInstance(
  store: Store,
  clock: Clock,
  settings: readonly ProviderSettings[],
  changes: Changes = {},
): Instance {
  const now = () => clock.now
  const monotonic = () => clock.monotonic ?? clock.now
  const outbound = createHttpClient({ allowHttp: true })
  const reported: string[] = []
  const errors: unknown[] = []
  const addProblems = (error: unknown) => void errors.push(error)
  const hooks = createHooks(addProblems)
  for (const name of ['token-refreshed', 'signed-out'] as const) hooks.on(name, () => void reported.push(name))
  const rows = settings.map(each => createProvider(each, 'http://localhost'))
  const limits = { idle: HOUR, lifetime: HOUR }
  const deps: AccountsDeps = {
    ...{ store, hooks, now, monotonic, random: randomToken },
    ...{ linking: 'ask', roleRules: [], accessRules: [{ kind: 'anybody' }] },
    sessions: createSessions({ table: store.sessions, limits, roles: new Set(), now, monotonic, random: randomToken }),
    providers: createProtocols(rows, outbound, { now, monotonic, random: randomToken }),
    auditLog: createAuditLog(store.events, { now, monotonic }, addProblems),
    backgroundTasks: createBackgroundTasks(addProblems),
    warnUnusableFields: () => {},
    refreshState: createRefreshState(addProblems, monotonic),
    takeSlot: outbound.takeSlot,
    waitForSlot: outbound.waitForSlot,
    waitAtMost: createWaitAtMost(setTimeoutDeadline),
    home: createReturnPaths({ publicUrl: 'http://localhost', basePath: '', homePath: '/', reserved: [] }).home,
    attemptSealer: newSealer(),
    recentStarts: createRecentStarts(now),
    redirectUri: path => path,
    pause: () => new Promise(resolve => setImmediate(resolve)),
    ...changes,
  }
  return { deps, events: reported, problems: errors, close: outbound.close }
}

/** The settings of a fake provider, whose API starts at `/api/`. */
export const acmeAt = ({ origin }: FakeProvider, changes: Partial<ProviderSettings> = {}): ProviderSettings =>
  customSettings({
    ...{ tokenUrl: `${origin}/token`, userUrl: `${origin}/user`, apiBaseUrl: `${origin}/api/` },
    ...{ authorizeUrl: `${origin}/authorize`, fields: { subject: 'id' } },
    ...changes,
  })

/**
 * Makes a fake provider rotate its refresh tokens: each works once, and whoever shows a spent one is a thief. Its API at
 * `/api/me` takes the newest access token alone.
 */
export function rotating(far: FakeProvider, more: object = {}) {
  const state = { turn: 1, refreshes: 0, stolen: false }
  far.on('/token', (seen, response) => {
    state.refreshes += 1
    if (seen.form.get('refresh_token') !== `refresh-${state.turn}`) state.stolen = true
    if (state.stolen) return json({ error: 'invalid_grant' }, 400)(seen, response)
    state.turn += 1
    return json({ ...granted(state.turn), ...more })(seen, response)
  })
  far.on('/api/me', protectedBy(state))
  return state
}

export const granted = (turn: number) => ({
  ...{ access_token: `access-${turn}`, refresh_token: `refresh-${turn}`, token_type: 'Bearer', expires_in: 3600 },
})

export const protectedBy =
  (state: { turn: number }): FakeHandler =>
  (seen, response) =>
    seen.headers.authorization === `Bearer access-${state.turn}`
      ? json({ id: 'ada', id_str: 12, method: seen.method, body: seen.body })(seen, response)
      : json({ message: 'Bad credentials' }, 401)(seen, response)

export const storedTokens = (changes: Partial<StoredTokens> = {}): StoredTokens => ({
  ...{ accessToken: 'access-1', tokenSecret: undefined, refreshToken: 'refresh-1', tokenType: 'Bearer' },
  ...{ scope: 'read write', expiresAt: NOW, refreshExpiresAt: undefined },
  ...changes,
})

/** Ada at acme, with tokens that are over unless told otherwise. */
export async function connected(store: Store, tokens: Partial<StoredTokens> = {}) {
  const person = await addPerson(store)
  const subject = randomToken()
  const { groups } = person.identity
  const facts = { login: 'ada', email: null, emailVerified: false, rawProfile: '{}', groups }
  const identity = await store.identities.create(
    person.user.id,
    { provider: 'acme', issuer: '', subject },
    facts,
    NOW + SECOND,
  )
  await store.tokens.save(identity.id, storedTokens(tokens), NOW)
  const connection: Connection = { identityId: identity.id, userId: person.user.id, provider: 'acme' }
  return { person: { user: person.user, identity }, subject, connection }
}

/** A session of theirs, in the table. */
export async function signedIn(store: Store, person: Person, handleHash = randomToken()): Promise<ActiveSession> {
  const row = sessionOf(person, { handleHash, expiresAt: NOW + HOUR })
  await store.sessions.insert(row)
  const { user, identity } = person
  return {
    ...{ handleHash: row.handleHash, id: row.id, user, roles: [], identityId: identity.id },
    ...{ subject: identity.subject, provider: identity.provider, data: '{}', createdAt: NOW, expiresAt: NOW + HOUR },
  }
}
