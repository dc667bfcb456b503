import { setTimeout as wait } from 'node:timers/promises'
import { scopeTokens } from '../oauth/token-response.js'
import type { Event, ListedIdentity, ListedSession, TokenStore } from '../store/types.js'
import type { Deps } from './deps.js'
import { deviceInWords } from './device.js'
import type { LiveSession } from './live-session.js'
import type { Protocol } from './protocols/protocol.js'

const MOST_SESSIONS = 50
const MOST_EVENTS = 20
/** How long the page waits for what the tokens' store knows of access, in milliseconds: it can do without. */
const PATIENCE = 500

/** What a person sees of their account. */
export interface AccountPage {
  /** Oldest first. */
  connections: readonly ShownConnection[]
  /** Last seen first. */
  sessions: readonly ShownSession[]
  /** There are more than are shown. */
  moreSessions: boolean
  /** Latest first. */
  activity: readonly ShownEvent[]
}

export interface ShownConnection {
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

export interface ShownSession {
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

export interface ShownEvent extends Pick<Event, 'at' | 'kind' | 'code' | 'address'> {
  label: string | null
  device: string | null
}

/** What the page is loaded with. */
export interface PageDeps extends Pick<Deps, 'now'> {
  store: Pick<Deps['store'], 'identities' | 'tokens' | 'sessions' | 'events'>
  sessions: Pick<Deps['sessions'], 'seenBefore'>
  providers: ReadonlyMap<string, Pick<Protocol, 'label' | 'scope'>>
}

/** By identity; a value is as it was granted, and undefined where the provider did not say. */
type Scopes = ReadonlyMap<string, string | undefined>

/** The whole page in four queries, none of which opens a token. */
export async function loadAccountPage(deps: PageDeps, session: LiveSession): Promise<AccountPage> {
  const { store, sessions, now } = deps
  const { id } = session.user
  const [connections, listed, events] = await Promise.all([
    loadConnections(deps, session),
    store.sessions.liveOfUser(id, now(), sessions.seenBefore(now()), MOST_SESSIONS + 1),
    store.events.ofUser(id, MOST_EVENTS),
  ])
  return {
    connections,
    sessions: listed.slice(0, MOST_SESSIONS).map(one => showSession(deps, one, session)),
    moreSessions: listed.length > MOST_SESSIONS,
    activity: events.map(event => showEvent(deps, event)),
  }
}

async function loadConnections(deps: PageDeps, session: LiveSession): Promise<ShownConnection[]> {
  const identities = await deps.store.identities.ofUser(session.user.id)
  const scopes = await knownScopes(
    deps,
    identities.map(({ id }) => id),
  )
  return identities.map(identity => ({
    ...pickShown(identity),
    ...showScope(deps, identity, scopes),
    label: labelOf(deps, identity.provider),
    current: identity.id === session.identityId,
  }))
}

const pickShown = (identity: ListedIdentity) => {
  const { id, provider, login, email, emailVerified, createdAt, lastSignInAt, reconnectSince } = identity
  return { id, provider, login, email, emailVerified, createdAt, lastSignInAt, reconnectSince }
}

/** Tokens may be kept elsewhere, where it can be slow or down; then the page is shown without. */
async function knownScopes({ store: { tokens } }: PageDeps, identityIds: readonly string[]): Promise<Scopes> {
  const nothing: Scopes = new Map()
  const asked = tokens.scopesOf?.(identityIds) ?? loadScopes(tokens, identityIds)
  const patience = new AbortController()
  const enough = wait(PATIENCE, nothing, { signal: patience.signal }).catch(() => nothing)
  return Promise.race([asked.catch(() => nothing), enough]).finally(() => patience.abort())
}

async function loadScopes(store: TokenStore, identityIds: readonly string[]): Promise<Scopes> {
  const loaded = await Promise.all(identityIds.map(async id => ({ id, tokens: await store.load(id) })))
  return new Map(loaded.flatMap(({ id, tokens }) => (tokens ? [[id, tokens.scope] as const] : [])))
}

function showScope({ providers }: PageDeps, { id, provider }: ListedIdentity, scopes: Scopes) {
  // Some providers separate them with commas, also in what they are asked.
  const asked = [...new Set(providers.get(provider)?.scope.flatMap(scopeTokens))]
  const told = scopes.get(id)
  const granted = told === undefined ? undefined : scopeTokens(told)
  // RFC 6749, 5.1: a provider that does not say what it granted has granted what was asked.
  const unsaid = scopes.has(id) && asked.length > 0 ? asked : undefined
  return { scope: granted ?? unsaid, missingScope: granted ? asked.filter(one => isMissing(one, granted)) : [] }
}

/** No access of their own, and some providers leave them out of what they name. */
const WORDS_OF_THE_PROTOCOL = ['openid', 'offline_access']

const isMissing = (scope: string, granted: readonly string[]): boolean =>
  !WORDS_OF_THE_PROTOCOL.includes(scope.toLowerCase()) && !granted.some(one => isSameScope(scope, one))

/**
 * Some providers name a scope by its URL once it is granted (Google `.../auth/userinfo.email`, Microsoft `.../User.Read`),
 * others leave out what stands before it, and some write it in another case. It is only shown, and decides nothing.
 */
function isSameScope(asked: string, granted: string): boolean {
  const [scope, given] = [asked.toLowerCase(), granted.toLowerCase()]
  return given === scope || given.endsWith(`/${scope}`) || given.endsWith(`.${scope}`) || scope.endsWith(`/${given}`)
}

function showSession(deps: PageDeps, session: ListedSession, looking: LiveSession): ShownSession {
  const { id, userAgent, address, createdAt, seenAt } = session
  return {
    ...{ id, address, createdAt, seenAt },
    device: deviceInWords(userAgent),
    label: labelOf(deps, session.provider),
    current: id === looking.id,
  }
}

function showEvent(deps: PageDeps, { at, kind, code, provider, address, userAgent }: Event): ShownEvent {
  const device = userAgent === null ? null : deviceInWords(userAgent)
  return { at, kind, code, address, device, label: provider === null ? null : labelOf(deps, provider) }
}

const labelOf = ({ providers }: PageDeps, provider: string): string => providers.get(provider)?.label ?? provider
