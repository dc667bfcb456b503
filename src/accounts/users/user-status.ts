import type { Store, Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'

/**
 * Disables a user until `enableUser`, and ends the user's sessions, both or neither. Returns how many sessions have ended.
 * @param actor the operator's system user
 */
export function disableUser(store: Store, userId: string, actor: string, now: number): Promise<number> {
  return store.transaction(async tables => {
    await tables.users.lock(userId, now)
    const wasEnabled = (await tables.users.find(userId))?.disabledAt === null
    await tables.users.disable(userId, now)
    if (wasEnabled) await tables.events.insert(toEventRow({ kind: 'account-disabled', userId, actor }, now))
    return endAllSessions(tables, userId, actor, now)
  })
}

/** Ends all sessions of a user; returns how many have ended. */
export function signOutEverywhere(store: Store, userId: string, actor: string, now: number): Promise<number> {
  return store.transaction(tables => endAllSessions(tables, userId, actor, now))
}

/** Lets a user sign in again. */
export function enableUser(store: Store, userId: string, actor: string, now: number): Promise<void> {
  return store.transaction(async tables => {
    await tables.users.lock(userId, now)
    const user = await tables.users.find(userId)
    if (!user || user.disabledAt === null) return
    // On PostgreSQL a sign-in may have checked the user just before the user was disabled, and opened its session just after.
    await tables.sessions.removeAllOfUser(userId)
    await tables.users.enable(userId, now)
    await tables.events.insert(toEventRow({ kind: 'account-enabled', userId, actor }, now))
  })
}

async function endAllSessions(tables: Tables, userId: string, actor: string, now: number): Promise<number> {
  const ended = await tables.sessions.removeAllOfUser(userId)
  if (ended > 0) await tables.events.insert(toEventRow({ kind: 'session-ended', code: 'operator', userId, actor }, now))
  return ended
}
