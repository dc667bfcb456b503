import { doubtOfClock } from '../accounts/clock-check.js'
import { type Swept, sweep } from '../accounts/sweep.js'
import type { Subcommands } from './subcommands.js'
import { json } from './terminal.js'
import { withStore } from './with-store.js'

/** `vestibule sessions ...` */
export const sessions: Subcommands = {
  prune: {
    operands: '',
    flags: ['force'],
    summary: 'delete what has expired',
    help:
      'Deletes sessions past their limits, marks of old sign-in attempts and logout tokens, and what the audit trail has\n' +
      'kept for longer than EVENTS_KEEP, 100 rows at a time. A running app does so by itself each minute.\n' +
      'It deletes nothing while the clock of this machine may be wrong: minutes away from that of the database server, or,\n' +
      'on SQLite, more than a day after the latest entry. --force deletes all the same.',
    run: (parsed, output) =>
      withStore(output.printError, async ({ store, sessions, now, eventsKeep }) => {
        const doubt = parsed.flags.has('force') ? undefined : await doubtOfClock(store, () => Date.now())
        if (doubt !== undefined) {
          output.printError(`${doubt}.\nNothing was deleted. If the clock is right: vestibule sessions prune --force`)
          return 1
        }
        const deleted = await sweep(store, sessions, eventsKeep, now)
        output.print(parsed.json ? json(prunedToJson(deleted)) : describePruned(deleted))
        return 0
      }),
  },
}

const prunedToJson = ({ sessions, usedAttempts, usedLogoutTokens, events }: Swept) => ({
  sessions,
  used_attempts: usedAttempts,
  used_logout_tokens: usedLogoutTokens,
  events,
})

const describePruned = ({ sessions, usedAttempts, usedLogoutTokens, events }: Swept): string =>
  [
    `Expired sessions deleted: ${sessions}.`,
    `Marks of old sign-in attempts deleted: ${usedAttempts}.`,
    `Marks of old logout tokens deleted: ${usedLogoutTokens}.`,
    `Old events deleted: ${events}.`,
  ].join('\n')
