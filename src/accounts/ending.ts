import type { Tables } from '../store/types.js'
import type { Deps } from './deps.js'

/**
 * A transaction in which sessions end. They are over here at once, also where what comes after the commit fails: tokens
 * that are kept elsewhere are removed only then.
 */
export const endingSessions = <T>(
  { store, sessions }: Pick<Deps, 'store' | 'sessions'>,
  work: (tables: Tables) => Promise<T>,
): Promise<T> => store.transaction(work).finally(() => sessions.forgetAll())
