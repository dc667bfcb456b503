import type { SessionWithUser, User } from '../../store/types.js'

/** A session that is valid now, with its person. */
export interface ActiveSession {
  handleHash: string
  /** What lists and forms call it. */
  id: string
  user: User
  /** What they may do here. */
  roles: readonly string[]
  identityId: string
  /** The person's, at their provider. */
  subject: string
  provider: string
  data: string
  createdAt: number
  expiresAt: number
}

/** @param roleNames the roles that ROLE_RULES names today: what was given by a rule that is gone counts no more */
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
