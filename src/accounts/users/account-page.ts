import { setTimeout as wait } from 'node:timers/promises'
import { scopeTokens } from '../../oauth/token-response.js'
import type { ListedIdentity, ListedSession, StoredEvent, TokenStore } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import type { Protocol } from '../protocols/protocol.js'
import type { ActiveSession } from '../sessions/active-session.js'
import { describeUserAgent } from './user-agent.js'

const MAX_SESSIONS = 50
const MAX_EVENTS = 20
/** The page waits this long for the scopes in the token store, and is shown without them after that. */
const SCOPES_TIMEOUT_MS = 500

/** The content of the account page. */
export interface AccountPage {
  /** Oldest first. */
  connections: readonly AccountPageConnection[]
  /** Last seen first. */
  sessions: readonly AccountPageSession[]
  /** There are more sessions than are shown. */
  hasMoreSessions: boolean
  /** Latest first. */
  activity: readonly AccountPageEvent[]
}

export interface AccountPageConnection {
  /** The id of the identity. */
  id: string
  provider: string
  /** The label of the provider; its name where it is not in PROVIDERS any more. */
  label: string
  login: string | null
  email: string | null
  emailVerified: boolean
  /** As granted; undefined where it is not known, or the protocol has no scopes. */
  scope: readonly string[] | undefined
  /** Requested and not granted. */
  missingScope: readonly string[]
  createdAt: number
  lastSignInAt: number
  /** Since when it has to be connected again; null while its tokens are valid. */
  reconnectSince: number | null
  /** The session of the request was opened with it. */
  current: boolean
}

export interface AccountPageSession {
  id: string
  /** In words: "Firefox on Linux". */
  device: string
  address: string | null
  label: string
  createdAt: number
  seenAt: number
  /** The session of the request. */
  current: boolean
}

export interface AccountPageEvent extends Pick<StoredEvent, 'at' | 'kind' | 'code' | 'address'> {
  label: string | null
  device: string | null
}

export interface AccountPageDeps extends Pick<AccountsDeps, 'now'> {
  store: Pick<AccountsDeps['store'], 'identities' | 'tokens' | 'sessions' | 'events'>
  sessions: Pick<AccountsDeps['sessions'], 'seenBefore'>
  providers: Providers
}

type Providers = ReadonlyMap<string, Pick<Protocol, 'label' | 'scope'>>

/** The granted scope of each identity, undefined where the provider did not send it. */
type ScopesByIdentity = ReadonlyMap<string, string | undefined>

/** The whole page in four queries, none of which opens a token. */
export async function loadAccountPage(deps: AccountPageDeps, session: ActiveSession): Promise<AccountPage> {
  const { store, sessions, providers, now } = deps
  const { id } = session.user
  const [connections, listed, events] = await Promise.all([
    loadConnections(deps, session),
    store.sessions.listActiveOfUser(id, now(), sessions.seenBefore(now()), MAX_SESSIONS + 1),
    store.events.listOfUser(id, MAX_EVENTS),
  ])
  return {
    connections,
    sessions: listed.slice(0, MAX_SESSIONS).map(one => toPageSession(providers, one, session)),
    hasMoreSessions: listed.length > MAX_SESSIONS,
    activity: events.map(event => toPageEvent(providers, event)),
  }
}

async function loadConnections(
  { store, providers }: AccountPageDeps,
  session: ActiveSession,
): Promise<AccountPageConnection[]> {
  const identities = await store.identities.listOfUser(session.user.id)
  const ids = identities.map(({ id }) => id)
  const scopes = await loadScopesInTime(store.tokens, ids)
  return identities.map(identity => ({
    ...identityFields(identity),
    ...scopeFields(providers, identity, scopes),
    label: labelOf(providers, identity.provider),
    current: identity.id === session.identityId,
  }))
}

const identityFields = (identity: ListedIdentity) => {
  const { id, provider, login, email, emailVerified, createdAt, lastSignInAt, reconnectSince } = identity
  return { id, provider, login, email, emailVerified, createdAt, lastSignInAt, reconnectSince }
}

/** Tokens may be in an external store, which can be slow or down; then the page is shown without scopes. */
async function loadScopesInTime(tokens: TokenStore, identityIds: readonly string[]): Promise<ScopesByIdentity> {
  const noScopes: ScopesByIdentity = new Map()
  const loading = tokens.scopesOf?.(identityIds) ?? loadScopes(tokens, identityIds)
  const timer = new AbortController()
  const timeout = wait(SCOPES_TIMEOUT_MS, noScopes, { signal: timer.signal }).catch(() => noScopes)
  return Promise.race([loading.catch(() => noScopes), timeout]).finally(() => timer.abort())
}

async function loadScopes(store: TokenStore, identityIds: readonly string[]): Promise<ScopesByIdentity> {
  const loaded = await Promise.all(identityIds.map(async id => ({ id, tokens: await store.load(id) })))
  return new Map(loaded.flatMap(({ id, tokens }) => (tokens ? [[id, tokens.scope] as const] : [])))
}

function scopeFields(providers: Providers, { id, provider }: ListedIdentity, scopes: ScopesByIdentity) {
  // Some providers separate scopes with commas, also in requests.
  const requested = [...new Set(providers.get(provider)?.scope.flatMap(scopeTokens))]
  const grantedText = scopes.get(id)
  const granted = grantedText === undefined ? undefined : scopeTokens(grantedText)
  // RFC 6749, 5.1: a provider that does not send the scope has granted what was requested.
  const assumed = scopes.has(id) && requested.length > 0 ? requested : undefined
  return { scope: granted ?? assumed, missingScope: granted ? requested.filter(one => isMissing(one, granted)) : [] }
}

/** These give no access by themselves, and some providers leave them out of the granted scope. */
const PROTOCOL_SCOPES = ['openid', 'offline_access']

const isMissing = (scope: string, granted: readonly string[]): boolean =>
  !PROTOCOL_SCOPES.includes(scope.toLowerCase()) && !granted.some(one => isSameScope(scope, one))

/**
 * Some providers name a scope by its URL once it is granted (Google `.../auth/userinfo.email`, Microsoft `.../User.Read`),
 * others leave out a prefix, and some use another case. The result is only shown; nothing depends on it.
 */
function isSameScope(requested: string, granted: string): boolean {
  const [wanted, found] = [requested.toLowerCase(), granted.toLowerCase()]
  return (
    found === wanted || found.endsWith(`/${wanted}`) || found.endsWith(`.${wanted}`) || wanted.endsWith(`/${found}`)
  )
}

function toPageSession(providers: Providers, session: ListedSession, viewer: ActiveSession): AccountPageSession {
  const { id, userAgent, address, createdAt, seenAt } = session
  return {
    id,
    address,
    createdAt,
    seenAt,
    device: describeUserAgent(userAgent),
    label: labelOf(providers, session.provider),
    current: id === viewer.id,
  }
}

function toPageEvent(
  providers: Providers,
  { at, kind, code, provider, address, userAgent }: StoredEvent,
): AccountPageEvent {
  const device = userAgent === null ? null : describeUserAgent(userAgent)
  return { at, kind, code, address, device, label: provider === null ? null : labelOf(providers, provider) }
}

const labelOf = (providers: Providers, provider: string): string => providers.get(provider)?.label ?? provider
