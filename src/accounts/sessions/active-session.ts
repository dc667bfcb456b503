import type { SessionWithUser, Tables, User } from '../../store/types.js'
import { AccountError } from '../errors.js'

/** A session that is valid now, with its user. */
export interface ActiveSession {
  handleHash: string
  /** The id of the session in lists and forms. */
  id: string
  user: User
  /** The roles of the user in this session. */
  roles: readonly string[]
  identityId: string
  /** The id of the user at the provider. */
  subject: string
  provider: string
  data: string
  createdAt: number
  expiresAt: number
}

/** @param roleNames the roles in ROLE_RULES now: a role that is not in a rule any more does not count */
export function toActiveSession(
  { session, roles, user, identity }: SessionWithUser,
  roleNames: ReadonlySet<string>,
): ActiveSession {
  const { handleHash, id, data, createdAt, expiresAt } = session
  return {
    handleHash,
    id,
    user,
    roles: roles.filter(role => roleNames.has(role)),
    identityId: identity.id,
    subject: identity.subject,
    provider: identity.provider,
    data,
    createdAt,
    expiresAt,
  }
}

/**
 * Locks the account of a user who asks for a change of it, until the transaction ends, so that two changes come one after
 * the other. Account and session are loaded from the database: this process may not know yet that another one has ended
 * the session.
 * @throws AccountError sign_in_required where the session has ended, account_disabled
 */
export async function lockAccount(
  tables: Tables,
  { user, handleHash }: Pick<ActiveSession, 'handleHash'> & { user: { id: string } },
  now: number,
): Promise<void> {
  await tables.users.lock(user.id, now)
  await requireActiveSession(tables, handleHash)
}

/** @throws AccountError sign_in_required where the session has ended, account_disabled */
export async function requireActiveSession({ sessions }: Pick<Tables, 'sessions'>, handleHash: string): Promise<void> {
  const found = await sessions.find(handleHash)
  if (!found) throw sessionEnded()
  requireEnabled(found.user)
}

export const sessionEnded = (): AccountError => new AccountError('sign_in_required', 'The session that asked has ended')

/** @throws AccountError account_disabled */
export function requireEnabled(user: User | undefined): User {
  if (user?.disabledAt === null) return user
  if (!user) throw new AccountError('account_disabled', 'The user of this identity is gone')
  const message = `User ${user.id} is disabled. To let them in again: vestibule users enable ${user.id}`
  throw new AccountError('account_disabled', message, { userId: user.id })
}
