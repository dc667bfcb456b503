import type { AccountPage, ShownConnection, ShownEvent, ShownSession } from '../../accounts/account-page.js'
import type { LiveSession } from '../../accounts/live-session.js'
import { leavingWord } from './leaving.js'
import { markOf } from './mark.js'
import { moment } from './time.js'

/** How many of a long list stand open; the rest is one click away. */
const SESSIONS_OPEN = 5
const EVENTS_OPEN = 6

type Labels = ReadonlyMap<string, string>

/** An account in words, as its view shows it. */
export function presentAccount(page: AccountPage, user: LiveSession['user'], labels: Labels, now: number) {
  const sessions = [...page.sessions]
    .sort((one, other) => Number(other.current) - Number(one.current))
    .map(session => presentSession(session, now))
  return {
    connections: page.connections.map(connection => presentConnection(connection, page, labels, now)),
    providers: [...labels].map(([name, label]) => ({
      ...{ name, label, ...markOf(name, label) },
      connected: page.connections.some(({ provider }) => provider === name),
    })),
    sessions: opened(sessions, SESSIONS_OPEN),
    others: sessions.some(({ current }) => !current),
    moreSessions: page.moreSessions ? sessions.length : 0,
    activity: opened(
      page.activity.map(event => presentEvent(event, now)),
      EVENTS_OPEN,
    ),
    advice: adviceFor(page, labels),
    leaving: leavingWord(user),
  }
}

/** Advice for a person who sees an event that was not theirs: only what this page lets them do. */
function adviceFor({ connections, sessions }: AccountPage, labels: Labels): string {
  const usable = connections.filter(({ provider }) => labels.has(provider))
  const [only, ...others] = usable
  const there = only ? `at ${only.label}` : 'at the provider you sign in with'
  const last =
    others.length > 0
      ? 'disconnect the account that was used for it.'
      : `change your password ${there}: who can sign in there can sign in here.`
  return sessions.some(({ current }) => !current) ? `End that session. Then ${last}` : sentence(last)
}

/** The first of a list, and the rest; a rest of one is no rest. */
function opened<T>(all: readonly T[], most: number): { first: readonly T[]; rest: readonly T[] } {
  const open = all.length === most + 1 ? most + 1 : most
  return { first: all.slice(0, open), rest: all.slice(open) }
}

function presentConnection(connection: ShownConnection, page: AccountPage, labels: Labels, now: number) {
  const { id, provider, label, scope, missingScope, reconnectSince } = connection
  const { login, email, emailVerified, current } = connection
  return {
    ...{ id, provider, label, login, email, emailVerified, current },
    ...markOf(provider, label),
    since: moment(connection.createdAt, now),
    used: moment(connection.lastSignInAt, now),
    scope: scope ?? null,
    missing: missingScope,
    reconnect: reconnectSince === null ? null : moment(reconnectSince, now),
    /** PROVIDERS still names it, so there is a way to connect it again. */
    known: labels.has(provider),
    /** As `disconnect` judges it: what PROVIDERS names no more lets nobody in. */
    onlyWayIn: !page.connections.some(other => other.id !== id && labels.has(other.provider)),
  }
}

const presentSession = (session: ShownSession, now: number) => ({
  ...session,
  since: moment(session.createdAt, now),
  seen: moment(session.seenAt, now),
})

function presentEvent(event: ShownEvent, now: number) {
  return { ...eventInWords(event), address: event.address, when: moment(event.at, now) }
}

/** An event in one sentence; a code that means something to whoever is asked about it stands beside it. */
export function eventInWords({ kind, code, label, device }: ShownEvent): { text: string; code: string | null } {
  const provider = label ?? 'a provider'
  const from = device === null ? '' : ` from ${inSentence(device)}`
  switch (kind) {
    case 'signed-in':
      return { text: signInInWords(code, provider, device), code: null }
    case 'sign-in-refused':
      return { text: `A sign-in with ${provider}${from} was refused`, code }
    case 'connected':
      return { text: `Connected ${provider}${code === 'again' ? ' again' : ''}`, code: null }
    case 'disconnected':
      return { text: `Disconnected ${provider}`, code: null }
    case 'refresh-failed':
      return { text: `${sentence(provider)} would not renew its access`, code }
    case 'session-ended':
      return { text: endInWords(code, provider), code: null }
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

function signInInWords(code: string | null, provider: string, device: string | null): string {
  if (code === 'new_device' && device !== null) return `Signed in with ${provider} from a new device: ${device}`
  const from = device === null ? '' : ` from ${inSentence(device)}`
  return `${code === 'new_account' ? 'Came here for the first time,' : 'Signed in'} with ${provider}${from}`
}

function endInWords(by: string | null, provider: string): string {
  if (by === 'provider') return `A session was ended by ${provider}`
  if (by === 'rules') return `A session was ended, because ${provider} may no longer open one here`
  if (by === 'operator') return 'A session was ended by an administrator'
  return 'A session was ended from the account page'
}

const inSentence = (device: string): string => device.replace(/^An? /, article => article.toLowerCase())

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
