import type { ListedIdentity, ListedSession, ListedUser } from '../store/types.js'
import { columns, moment, plain, timestamp } from './terminal.js'

const NOT_TOLD = '-'
const HEADS = ['id', 'name', 'login', 'e-mail', 'providers', 'last sign-in (UTC)', 'disabled (UTC)']

const IDENTITY_HEADS = ['provider', 'subject', 'login', 'e-mail', 'last sign-in', 'reconnect since', 'roles', 'groups']

/** With what it may do here. */
export interface KnownIdentity extends ListedIdentity {
  roles: readonly string[]
}

/** Lines for people, one a user. */
export function linesOfUsers(users: readonly ListedUser[]): string[] {
  const rows = users.map(user => [
    plain(user.id),
    cell(user.name, 24),
    cell(user.login, 20),
    address(user, 36),
    cell(user.providers.join(' '), 24),
    moment(user.lastSignInAt) || NOT_TOLD,
    moment(user.disabledAt) || NOT_TOLD,
  ])
  return columns([HEADS, ...rows])
}

/** Everything about one person that is for an operator's eyes. */
export function linesOfPerson(
  user: ListedUser,
  identities: readonly KnownIdentity[],
  sessions: readonly ListedSession[],
  more: boolean,
): string[] {
  const facts = [
    ['id', plain(user.id)],
    ['name', cell(user.name)],
    ['login', cell(user.login)],
    ['e-mail', address(user)],
    ['since', moment(user.createdAt)],
    ['disabled', moment(user.disabledAt) || 'no'],
  ]
  const known = identities.map(each => [
    plain(each.provider),
    plain(each.subject),
    cell(each.login),
    address(each),
    moment(each.lastSignInAt),
    moment(each.reconnectSince) || NOT_TOLD,
    cell(each.roles.join(' '), 40),
    cell(each.groups.join(' '), 60),
  ])
  const live = sessions.map(each => [
    plain(each.provider),
    moment(each.createdAt),
    moment(each.seenAt),
    cell(each.address),
    cell(each.userAgent, 60),
  ])
  return [
    ...columns(facts),
    ...listing('Identities', IDENTITY_HEADS, known),
    ...listing('Sessions', ['provider', 'since', 'last seen', 'address', 'device'], live),
    ...(more ? ['  and more'] : []),
    '',
    'Times are in UTC.',
  ]
}

function listing(title: string, heads: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return ['', `${title}: none`]
  return ['', title, ...columns([heads, ...rows]).map(line => `  ${line}`)]
}

const cell = (text: string | null, columns?: number): string => plain(text ?? '', columns) || NOT_TOLD

/** The mark is behind the cut, so that no address can push it away. */
const address = ({ email, emailVerified }: Pick<ListedUser, 'email' | 'emailVerified'>, columns?: number): string =>
  cell(email, columns && columns - 2) + (email && emailVerified ? ' ✓' : '')

/** The words of `/api/session`. */
export const userForMachines = (user: ListedUser) => ({
  id: user.id,
  name: user.name,
  login: user.login,
  email: user.email,
  email_verified: user.emailVerified,
  picture: user.picture,
  providers: user.providers,
  last_sign_in_at: timestamp(user.lastSignInAt),
  disabled_at: timestamp(user.disabledAt),
  created_at: timestamp(user.createdAt),
})

export const identityForMachines = (identity: KnownIdentity) => ({
  id: identity.id,
  provider: identity.provider,
  issuer: identity.issuer,
  subject: identity.subject,
  login: identity.login,
  email: identity.email,
  email_verified: identity.emailVerified,
  groups: identity.groups,
  roles: identity.roles,
  reconnect_since: timestamp(identity.reconnectSince),
  created_at: timestamp(identity.createdAt),
  last_sign_in_at: timestamp(identity.lastSignInAt),
})

export const sessionForMachines = (session: ListedSession) => ({
  provider: session.provider,
  user_agent: session.userAgent,
  address: session.address,
  created_at: timestamp(session.createdAt),
  seen_at: timestamp(session.seenAt),
  expires_at: timestamp(session.expiresAt),
})
