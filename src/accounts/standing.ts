import type { Store, Tables } from '../store/types.js'
import { eventOf } from './trail.js'

/** Shuts a person out until `letBackIn`, and ends their sessions; returns how many. Both or neither. */
export function shutOut(store: Store, userId: string, now: number): Promise<number> {
  return store.transaction(async tables => {
    await tables.users.disable(userId, now)
    return endSessions(tables, userId, now)
  })
}

/** Signs a person out everywhere; returns how many sessions have ended. */
export function signOutEverywhere(store: Store, userId: string, now: number): Promise<number> {
  return store.transaction(tables => endSessions(tables, userId, now))
}

/** Lets a person sign in again. */
export function letBackIn(store: Store, userId: string, now: number): Promise<void> {
  return store.transaction(async tables => {
    if ((await tables.users.find(userId))?.disabledAt === null) return
    // On PostgreSQL a sign-in may have looked just before they were shut out, and opened its session just after.
    await tables.sessions.removeAllOfUser(userId)
    await tables.users.enable(userId, now)
  })
}

async function endSessions(tables: Tables, userId: string, now: number): Promise<number> {
  const ended = await tables.sessions.removeAllOfUser(userId)
  if (ended > 0) await tables.events.insert(eventOf({ kind: 'session-ended', code: 'operator', userId }, now))
  return ended
}
