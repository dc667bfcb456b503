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

/** How many of a long list stand open; the rest is one click away. */
const VISIBLE_SESSIONS = 5
const VISIBLE_EVENTS = 6

type Labels = ReadonlyMap<string, string>

/** An account in words, as its view shows it. */
export function presentAccount(page: AccountPage, user: ActiveSession['user'], labels: Labels, now: number) {
  const sessions = [...page.sessions]
    .sort((one, other) => Number(other.current) - Number(one.current))
    .map(session => presentSession(session, now))
  return {
    connections: page.connections.map(connection => presentConnection(connection, page, labels, now)),
    providers: [...labels].map(([name, label]) => ({
      ...{ name, label, ...iconOf(name, label) },
      connected: page.connections.some(({ provider }) => provider === name),
    })),
    sessions: splitList(sessions, VISIBLE_SESSIONS),
    others: sessions.some(({ current }) => !current),
    moreSessions: page.hasMoreSessions ? sessions.length : 0,
    activity: splitList(
      page.activity.map(event => presentEvent(event, now)),
      VISIBLE_EVENTS,
    ),
    advice: adviceFor(page, labels),
    leaving: confirmationText(user),
  }
}

/** Advice for a person who sees an event that was not theirs: only what this page lets them do. */
function adviceFor({ connections, sessions }: AccountPage, labels: Labels): string {
  const usable = connections.filter(({ provider }) => labels.has(provider))
  const [only, ...others] = usable
  const atProvider = only ? `at ${only.label}` : 'at the provider you sign in with'
  const advice =
    others.length > 0
      ? 'disconnect the account that was used for it.'
      : `change your password ${atProvider}: who can sign in there can sign in here.`
  return sessions.some(({ current }) => !current) ? `End that session. Then ${advice}` : capitalize(advice)
}

/** The first of a list, and the rest; a rest of one is no rest. */
function splitList<T>(all: readonly T[], limit: number): { first: readonly T[]; rest: readonly T[] } {
  const visible = all.length === limit + 1 ? limit + 1 : limit
  return { first: all.slice(0, visible), rest: all.slice(visible) }
}

function presentConnection(connection: AccountPageConnection, page: AccountPage, labels: Labels, now: number) {
  const { id, provider, label, scope, missingScope, reconnectSince } = connection
  const { login, email, emailVerified, current } = connection
  return {
    ...{ id, provider, label, login, email, emailVerified, current },
    ...iconOf(provider, label),
    since: relativeTime(connection.createdAt, now),
    used: relativeTime(connection.lastSignInAt, now),
    scope: scope ?? null,
    missing: missingScope,
    reconnect: reconnectSince === null ? null : relativeTime(reconnectSince, now),
    /** PROVIDERS still names it, so there is a way to connect it again. */
    known: labels.has(provider),
    /** As `disconnect` judges it: what PROVIDERS names no more lets nobody in. */
    onlyWayIn: !page.connections.some(other => other.id !== id && labels.has(other.provider)),
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

/** An event in one sentence; a code that means something to whoever is asked about it stands beside it. */
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
