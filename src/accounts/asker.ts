import type { Tables } from '../store/types.js'
import { requireEnabled } from './identities.js'
import type { LiveSession } from './live-session.js'
import { Refusal } from './refusal.js'

/**
 * Holds the account of whoever asks for a change of it, until the transaction ends, so that two changes come one after
 * the other. Account and session are looked up anew: of what another process has ended, this one may not know yet.
 * @throws Refusal sign_in_required where the session has ended, account_disabled
 */
export async function holdAccount(
  tables: Tables,
  { user, handleHash }: Pick<LiveSession, 'handleHash'> & { user: { id: string } },
  now: number,
): Promise<void> {
  await tables.users.lock(user.id, now)
  await requireStanding(tables, handleHash)
}

/** @throws Refusal sign_in_required where the session has ended, account_disabled */
export async function requireStanding({ sessions }: Pick<Tables, 'sessions'>, handleHash: string): Promise<void> {
  const found = await sessions.find(handleHash)
  if (!found) throw sessionEnded()
  requireEnabled(found.user)
}

export const sessionEnded = (): Refusal => new Refusal('sign_in_required', 'The session that asked has ended')
