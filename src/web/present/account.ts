import type {
  AccountPage,
  AccountPageConnection,
  AccountPageEvent,
  AccountPageSession,
  ActiveSession,
} from '../../accounts/accounts.js'
import { confirmationText } from './delete-confirmation.js'
import { iconOf } from './provider-icon.js'
import { relativeTime } from './relative-time.js'

/** How many items of a long list are visible; the rest is one click away. */
const VISIBLE_SESSIONS = 5
const VISIBLE_EVENTS = 6

/** By name, in the order of PROVIDERS. */
type Providers = ReadonlyMap<string, { label: string }>

/** The texts and lists of the account page. */
export function presentAccount(page: AccountPage, user: ActiveSession['user'], providers: Providers, now: number) {
  const sessions = [...page.sessions]
    .sort((one, other) => Number(other.current) - Number(one.current))
    .map(session => presentSession(session, now))
  return {
    connections: page.connections.map(connection => presentConnection(connection, page, providers, now)),
    providers: [...providers].map(([name, { label }]) => ({
      name,
      label,
      ...iconOf(name, label),
      connected: page.connections.some(({ provider }) => provider === name),
    })),
    sessions: splitList(sessions, VISIBLE_SESSIONS),
    others: sessions.some(({ current }) => !current),
    moreSessions: page.hasMoreSessions ? sessions.length : 0,
    activity: splitList(
      page.activity.map(event => presentEvent(event, now)),
      VISIBLE_EVENTS,
    ),
    advice: adviceFor(page, providers),
    confirmation: confirmationText(user),
  }
}

/** Advice for a user who sees an event that was not theirs. It names only what this page can do. */
function adviceFor({ connections, sessions }: AccountPage, providers: Providers): string {
  const usable = connections.filter(({ provider }) => providers.has(provider))
  const [only, ...others] = usable
  const atProvider = only ? `at ${only.label}` : 'at the provider you sign in with'
  const advice =
    others.length > 0
      ? 'disconnect the account that was used for it.'
      : `change your password ${atProvider}: who can sign in there can sign in here.`
  return sessions.some(({ current }) => !current) ? `End that session. Then ${advice}` : capitalize(advice)
}

/** The first items of a list, and the rest. A rest of one item is shown with the first. */
function splitList<T>(all: readonly T[], limit: number): { first: readonly T[]; rest: readonly T[] } {
  const visible = all.length === limit + 1 ? limit + 1 : limit
  return { first: all.slice(0, visible), rest: all.slice(visible) }
}

function presentConnection(connection: AccountPageConnection, page: AccountPage, providers: Providers, now: number) {
  const { id, provider, label, scope, missingScope, reconnectSince } = connection
  const { login, email, emailVerified, current } = connection
  return {
    id,
    provider,
    label,
    login,
    email,
    emailVerified,
    current,
    ...iconOf(provider, label),
    since: relativeTime(connection.createdAt, now),
    used: relativeTime(connection.lastSignInAt, now),
    scope: scope ?? null,
    missing: missingScope,
    reconnect: reconnectSince === null ? null : relativeTime(reconnectSince, now),
    /** PROVIDERS still names it, so it can be connected again. */
    known: providers.has(provider),
    /** As `unlinkIdentity` decides: a provider that PROVIDERS does not name cannot be used to sign in. */
    onlyWayIn: !page.connections.some(other => other.id !== id && providers.has(other.provider)),
  }
}

const presentSession = (session: AccountPageSession, now: number) => ({
  ...session,
  since: relativeTime(session.createdAt, now),
  seen: relativeTime(session.seenAt, now),
})

function presentEvent(event: AccountPageEvent, now: number) {
  return { ...describeEvent(event), address: event.address, when: relativeTime(event.at, now) }
}

/** An event in one sentence, and beside it a code where an administrator needs it. */
export function describeEvent({ kind, code, label, device }: AccountPageEvent): { text: string; code: string | null } {
  const provider = label ?? 'a provider'
  const from = device === null ? '' : ` from ${lowercaseArticle(device)}`
  switch (kind) {
    case 'signed-in':
      return { text: describeSignIn(code, provider, device), code: null }
    case 'sign-in-refused':
      return { text: `A sign-in with ${provider}${from} was refused`, code }
    case 'connected':
      return { text: `Connected ${provider}${code === 'again' ? ' again' : ''}`, code: null }
    case 'disconnected':
      return { text: `Disconnected ${provider}`, code: null }
    case 'refresh-failed':
      return { text: `${capitalize(provider)} would not renew its access`, code }
    case 'session-ended':
      return { text: describeSessionEnd(code, provider), code: null }
    case 'signed-out':
      return { text: `Signed out${from}`, code: null }
    case 'account-deleted':
      return { text: 'The account was deleted', code: null }
    case 'account-disabled':
      return { text: 'An administrator disabled this account', code: null }
    case 'account-enabled':
      return { text: 'An administrator enabled this account again', code: null }
    case 'accounts-merged':
      return { text: 'An administrator merged another account into this one', code: null }
    case 'identities-moved':
      return { text: `An administrator moved the connections of ${provider}`, code: null }
  }
}

function describeSignIn(code: string | null, provider: string, device: string | null): string {
  if (code === 'new_device' && device !== null) return `Signed in with ${provider} from a new device: ${device}`
  const from = device === null ? '' : ` from ${lowercaseArticle(device)}`
  return `${code === 'new_account' ? 'Came here for the first time,' : 'Signed in'} with ${provider}${from}`
}

function describeSessionEnd(by: string | null, provider: string): string {
  if (by === 'provider') return `A session was ended by ${provider}`
  if (by === 'rules') return `A session was ended, because ${provider} may no longer open one here`
  if (by === 'operator') return 'A session was ended by an administrator'
  return 'A session was ended from the account page'
}

const lowercaseArticle = (device: string): string => device.replace(/^An? /, article => article.toLowerCase())

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
