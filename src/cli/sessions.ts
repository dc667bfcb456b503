import { sweep } from '../accounts/sweep.js'
import type { Verbs } from './family.js'
import { json } from './terminal.js'
import { withStore } from './with-store.js'

/** `vestibule sessions ...` */
export const sessions: Verbs = {
  prune: {
    operands: '',
    summary: 'delete what has expired',
    help:
      'Deletes sessions past their limits and marks of old sign-in attempts, 500 at a time.\n' +
      'A running app does so by itself each minute.',
    run: (given, screen) =>
      withStore(screen.complain, async ({ store, sessions, now }) => {
        const gone = await sweep(store, sessions, now)
        const sentence = `Expired sessions deleted: ${gone.sessions}. Marks of old sign-in attempts deleted: ${gone.usedAttempts}.`
        screen.print(given.json ? json({ sessions: gone.sessions, used_attempts: gone.usedAttempts }) : sentence)
        return 0
      }),
  },
}
