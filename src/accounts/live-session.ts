import type { SessionWithPerson, User } from '../store/types.js'

/** A session that is valid now, with its person. */
export interface LiveSession {
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

/** @param named the roles that ROLE_RULES names today: what was given by a rule that is gone counts no more */
export function liveSession(
  { session, roles, user, identity }: SessionWithPerson,
  named: ReadonlySet<string>,
): LiveSession {
  const { handleHash, id, data, createdAt, expiresAt } = session
  return {
    handleHash,
    id,
    user,
    roles: roles.filter(role => named.has(role)),
    identityId: identity.id,
    subject: identity.subject,
    provider: identity.provider,
    data,
    createdAt,
    expiresAt,
  }
}
