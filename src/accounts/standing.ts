import type { Store, Tables } from '../store/types.js'
import { eventOf } from './trail.js'

/**
 * Shuts a person out until `letBackIn`, and ends their sessions; returns how many. Both or neither.
 * @param actor the operator's system user
 */
export function shutOut(store: Store, userId: string, actor: string, now: number): Promise<number> {
  return store.transaction(async tables => {
    await tables.users.lock(userId, now)
    const isNew = (await tables.users.find(userId))?.disabledAt === null
    await tables.users.disable(userId, now)
    if (isNew) await tables.events.insert(eventOf({ kind: 'account-disabled', userId, actor }, now))
    return endSessions(tables, userId, actor, now)
  })
}

/** Signs a person out everywhere; returns how many sessions have ended. */
export function signOutEverywhere(store: Store, userId: string, actor: string, now: number): Promise<number> {
  return store.transaction(tables => endSessions(tables, userId, actor, now))
}

/** Lets a person sign in again. */
export function letBackIn(store: Store, userId: string, actor: string, now: number): Promise<void> {
  return store.transaction(async tables => {
    await tables.users.lock(userId, now)
    const user = await tables.users.find(userId)
    if (!user || user.disabledAt === null) return
    // On PostgreSQL a sign-in may have looked just before they were shut out, and opened its session just after.
    await tables.sessions.removeAllOfUser(userId)
    await tables.users.enable(userId, now)
    await tables.events.insert(eventOf({ kind: 'account-enabled', userId, actor }, now))
  })
}

async function endSessions(tables: Tables, userId: string, actor: string, now: number): Promise<number> {
  const ended = await tables.sessions.removeAllOfUser(userId)
  if (ended > 0) await tables.events.insert(eventOf({ kind: 'session-ended', code: 'operator', userId, actor }, now))
  return ended
}
