import { setTimeout as wait } from 'node:timers/promises'
import { scopeTokens } from '../../oauth/token-response.js'
import type { ListedIdentity, ListedSession, StoredEvent, TokenStore } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import type { Protocol } from '../protocols/protocol.js'
import type { ActiveSession } from '../sessions/active-session.js'
import { describeUserAgent } from './user-agent.js'

const MAX_SESSIONS = 50
const MAX_EVENTS = 20
/** How long the page waits for what the tokens' store knows of access, in milliseconds: it can do without. */
const SCOPES_TIMEOUT_MS = 500

/** What a person sees of their account. */
export interface AccountPage {
  /** Oldest first. */
  connections: readonly AccountPageConnection[]
  /** Last seen first. */
  sessions: readonly AccountPageSession[]
  /** There are more than are shown. */
  hasMoreSessions: boolean
  /** Latest first. */
  activity: readonly AccountPageEvent[]
}

export interface AccountPageConnection {
  /** The identity's. */
  id: string
  provider: string
  /** The provider's, for people; its name where PROVIDERS names it no more. */
  label: string
  login: string | null
  email: string | null
  emailVerified: boolean
  /** As granted; undefined where nobody knows, or the protocol knows no such thing. */
  scope: readonly string[] | undefined
  /** Asked for and not granted. */
  missingScope: readonly string[]
  createdAt: number
  lastSignInAt: number
  /** Since when it needs to be reconnected; null while its tokens are good. */
  reconnectSince: number | null
  /** The session that looks was opened with it. */
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
  /** The one that looks. */
  current: boolean
}

export interface AccountPageEvent extends Pick<StoredEvent, 'at' | 'kind' | 'code' | 'address'> {
  label: string | null
  device: string | null
}

/** What the page is loaded with. */
export interface AccountPageDeps extends Pick<AccountsDeps, 'now'> {
  store: Pick<AccountsDeps['store'], 'identities' | 'tokens' | 'sessions' | 'events'>
  sessions: Pick<AccountsDeps['sessions'], 'seenBefore'>
  providers: ReadonlyMap<string, Pick<Protocol, 'label' | 'scope'>>
}

/** By identity; a value is as it was granted, and undefined where the provider did not say. */
type ScopesByIdentity = ReadonlyMap<string, string | undefined>

/** The whole page in four queries, none of which opens a token. */
export async function loadAccountPage(deps: AccountPageDeps, session: ActiveSession): Promise<AccountPage> {
  const { store, sessions, now } = deps
  const { id } = session.user
  const [connections, listed, events] = await Promise.all([
    loadConnections(deps, session),
    store.sessions.listActiveOfUser(id, now(), sessions.seenBefore(now()), MAX_SESSIONS + 1),
    store.events.listOfUser(id, MAX_EVENTS),
  ])
  return {
    connections,
    sessions: listed.slice(0, MAX_SESSIONS).map(one => toPageSession(deps, one, session)),
    hasMoreSessions: listed.length > MAX_SESSIONS,
    activity: events.map(event => toPageEvent(deps, event)),
  }
}

async function loadConnections(deps: AccountPageDeps, session: ActiveSession): Promise<AccountPageConnection[]> {
  const identities = await deps.store.identities.listOfUser(session.user.id)
  const scopes = await loadScopesInTime(
    deps,
    identities.map(({ id }) => id),
  )
  return identities.map(identity => ({
    ...identityFields(identity),
    ...scopeFields(deps, identity, scopes),
    label: labelOf(deps, identity.provider),
    current: identity.id === session.identityId,
  }))
}

const identityFields = (identity: ListedIdentity) => {
  const { id, provider, login, email, emailVerified, createdAt, lastSignInAt, reconnectSince } = identity
  return { id, provider, login, email, emailVerified, createdAt, lastSignInAt, reconnectSince }
}

/** Tokens may be kept elsewhere, where it can be slow or down; then the page is shown without. */
async function loadScopesInTime(
  { store: { tokens } }: AccountPageDeps,
  identityIds: readonly string[],
): Promise<ScopesByIdentity> {
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

function scopeFields({ providers }: AccountPageDeps, { id, provider }: ListedIdentity, scopes: ScopesByIdentity) {
  // Some providers separate them with commas, also in what they are asked.
  const requested = [...new Set(providers.get(provider)?.scope.flatMap(scopeTokens))]
  const grantedText = scopes.get(id)
  const granted = grantedText === undefined ? undefined : scopeTokens(grantedText)
  // RFC 6749, 5.1: a provider that does not say what it granted has granted what was asked.
  const assumed = scopes.has(id) && requested.length > 0 ? requested : undefined
  return { scope: granted ?? assumed, missingScope: granted ? requested.filter(one => isMissing(one, granted)) : [] }
}

/** No access of their own, and some providers leave them out of what they name. */
const PROTOCOL_SCOPES = ['openid', 'offline_access']

const isMissing = (scope: string, granted: readonly string[]): boolean =>
  !PROTOCOL_SCOPES.includes(scope.toLowerCase()) && !granted.some(one => isSameScope(scope, one))

/**
 * Some providers name a scope by its URL once it is granted (Google `.../auth/userinfo.email`, Microsoft `.../User.Read`),
 * others leave out what stands before it, and some write it in another case. It is only shown, and decides nothing.
 */
function isSameScope(requested: string, granted: string): boolean {
  const [scope, given] = [requested.toLowerCase(), granted.toLowerCase()]
  return given === scope || given.endsWith(`/${scope}`) || given.endsWith(`.${scope}`) || scope.endsWith(`/${given}`)
}

function toPageSession(deps: AccountPageDeps, session: ListedSession, viewer: ActiveSession): AccountPageSession {
  const { id, userAgent, address, createdAt, seenAt } = session
  return {
    ...{ id, address, createdAt, seenAt },
    device: describeUserAgent(userAgent),
    label: labelOf(deps, session.provider),
    current: id === viewer.id,
  }
}

function toPageEvent(
  deps: AccountPageDeps,
  { at, kind, code, provider, address, userAgent }: StoredEvent,
): AccountPageEvent {
  const device = userAgent === null ? null : describeUserAgent(userAgent)
  return { at, kind, code, address, device, label: provider === null ? null : labelOf(deps, provider) }
}

const labelOf = ({ providers }: AccountPageDeps, provider: string): string => providers.get(provider)?.label ?? provider
