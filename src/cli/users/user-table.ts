import type { ListedIdentity, ListedSession, ListedUser } from '../../store/types.js'
import { alignColumns, formatTime, printable, timestamp } from '../command-line/terminal.js'

const NO_VALUE = '-'
const USER_HEADINGS = ['id', 'name', 'login', 'e-mail', 'providers', 'last sign-in (UTC)', 'disabled (UTC)']

const IDENTITY_HEADINGS = [
  'provider',
  'subject',
  'login',
  'e-mail',
  'last sign-in',
  'reconnect since',
  'roles',
  'groups',
]

/** An identity with its roles. */
export interface IdentityWithRoles extends ListedIdentity {
  roles: readonly string[]
}

/** One line per user. */
export function formatUsers(users: readonly ListedUser[]): string[] {
  const rows = users.map(user => [
    printable(user.id),
    cell(user.name, 24),
    cell(user.login, 20),
    address(user, 36),
    cell(user.providers.join(' '), 24),
    formatTime(user.lastSignInAt) || NO_VALUE,
    formatTime(user.disabledAt) || NO_VALUE,
  ])
  return alignColumns([USER_HEADINGS, ...rows])
}

/** Everything that an operator may see about one user. */
export function formatUser(
  user: ListedUser,
  identities: readonly IdentityWithRoles[],
  sessions: readonly ListedSession[],
  more: boolean,
): string[] {
  const facts = [
    ['id', printable(user.id)],
    ['name', cell(user.name)],
    ['login', cell(user.login)],
    ['e-mail', address(user)],
    ['since', formatTime(user.createdAt)],
    ['disabled', formatTime(user.disabledAt) || 'no'],
  ]
  const known = identities.map(each => [
    printable(each.provider),
    printable(each.subject),
    cell(each.login),
    address(each),
    formatTime(each.lastSignInAt),
    formatTime(each.reconnectSince) || NO_VALUE,
    cell(each.roles.join(' '), 40),
    cell(each.groups.join(' '), 60),
  ])
  const live = sessions.map(each => [
    printable(each.provider),
    formatTime(each.createdAt),
    formatTime(each.seenAt),
    cell(each.address),
    cell(each.userAgent, 60),
  ])
  return [
    ...alignColumns(facts),
    ...listing('Identities', IDENTITY_HEADINGS, known),
    ...listing('Sessions', ['provider', 'since', 'last seen', 'address', 'device'], live),
    ...(more ? ['  and more'] : []),
    '',
    'Times are in UTC.',
  ]
}

function listing(title: string, headings: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return ['', `${title}: none`]
  return ['', title, ...alignColumns([headings, ...rows]).map(line => `  ${line}`)]
}

const cell = (text: string | null, columns?: number): string => printable(text ?? '', columns) || NO_VALUE

/** The check mark is added after a long address is cut, so that no address can hide it. */
const address = ({ email, emailVerified }: Pick<ListedUser, 'email' | 'emailVerified'>, columns?: number): string =>
  cell(email, columns && columns - 2) + (email && emailVerified ? ' ✓' : '')

/** The names are those of `/api/session`. */
export const userToJson = (user: ListedUser) => ({
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

export const identityToJson = (identity: IdentityWithRoles) => ({
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

export const sessionToJson = (session: ListedSession) => ({
  provider: session.provider,
  user_agent: session.userAgent,
  address: session.address,
  created_at: timestamp(session.createdAt),
  seen_at: timestamp(session.seenAt),
  expires_at: timestamp(session.expiresAt),
})
