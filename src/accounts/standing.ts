import type { Store } from '../store/types.js'

/** Shuts a person out until `letBackIn`, and ends their sessions; returns how many. Both or neither. */
export function shutOut(store: Store, userId: string, now: number): Promise<number> {
  return store.transaction(async tables => {
    await tables.users.disable(userId, now)
    return tables.sessions.removeAllOfUser(userId)
  })
}

/** Lets a person sign in again. */
export function letBackIn(store: Store, userId: string, now: number): Promise<void> {
  return store.transaction(async tables => {
    // On PostgreSQL a sign-in may have looked just before they were shut out, and opened its session just after.
    await tables.sessions.removeAllOfUser(userId)
    await tables.users.enable(userId, now)
  })
}
