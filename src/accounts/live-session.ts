import type { SessionWithPerson, User } from '../store/types.js'

/** A session that is valid now, with its person. */
export interface LiveSession {
  handleHash: string
  user: User
  identityId: string
  /** The person's, at their provider. */
  subject: string
  provider: string
  data: string
  createdAt: number
  expiresAt: number
}

export function liveSession({ session, user, identity }: SessionWithPerson): LiveSession {
  const { handleHash, data, createdAt, expiresAt } = session
  return {
    handleHash,
    user,
    identityId: identity.id,
    subject: identity.subject,
    provider: identity.provider,
    data,
    createdAt,
    expiresAt,
  }
}
