import type { Tables } from '../../store/types.js'
import { AccountError } from '../errors.js'
import { requireEnabled } from '../sign-in/find-or-create-user.js'
import type { ActiveSession } from './active-session.js'

/**
 * Holds the account of whoever asks for a change of it, until the transaction ends, so that two changes come one after
 * the other. Account and session are looked up anew: of what another process has ended, this one may not know yet.
 * @throws Refusal sign_in_required where the session has ended, account_disabled
 */
export async function lockAccount(
  tables: Tables,
  { user, handleHash }: Pick<ActiveSession, 'handleHash'> & { user: { id: string } },
  now: number,
): Promise<void> {
  await tables.users.lock(user.id, now)
  await requireActiveSession(tables, handleHash)
}

/** @throws Refusal sign_in_required where the session has ended, account_disabled */
export async function requireActiveSession({ sessions }: Pick<Tables, 'sessions'>, handleHash: string): Promise<void> {
  const found = await sessions.find(handleHash)
  if (!found) throw sessionEnded()
  requireEnabled(found.user)
}

export const sessionEnded = (): AccountError => new AccountError('sign_in_required', 'The session that asked has ended')
