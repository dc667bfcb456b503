import { findClockProblem, type Pruned, prune } from '../../accounts/sessions/prune.js'
import { withStore } from '../command-line/context.js'
import { EXIT } from '../command-line/process.js'
import type { Subcommands } from '../command-line/subcommands.js'
import { toJson } from '../command-line/terminal.js'

/** `vestibule sessions ...` */
export const sessionCommands: Subcommands = {
  prune: {
    operands: '',
    flags: ['force'],
    summary: 'delete what has expired',
    help:
      'Deletes sessions past their limits, records of old sign-in attempts and logout tokens, and audit events that are\n' +
      'older than EVENTS_KEEP, 100 rows at a time. A running app does so by itself each minute.\n' +
      'It deletes nothing while the clock of this machine may be wrong: minutes away from that of the database server, or,\n' +
      'on SQLite, more than a day after the latest entry. --force deletes all the same.',
    run: (parsed, output) =>
      withStore(output.printError, async ({ config, store, sessions, now }) => {
        const doubt = parsed.flags.has('force') ? undefined : await findClockProblem(store, () => Date.now())
        if (doubt !== undefined) {
          output.printError(`${doubt}.\nNothing was deleted. If the clock is right: vestibule sessions prune --force`)
          return EXIT.failed
        }
        const deleted = await prune(store, sessions, config.eventsKeep, now)
        output.print(parsed.json ? toJson(prunedToJson(deleted)) : describePruned(deleted))
        return EXIT.ok
      }),
  },
}

const prunedToJson = ({ sessions, usedAttempts, usedLogoutTokens, events }: Pruned) => ({
  sessions,
  used_attempts: usedAttempts,
  used_logout_tokens: usedLogoutTokens,
  events,
})

const describePruned = ({ sessions, usedAttempts, usedLogoutTokens, events }: Pruned): string =>
  [
    `Expired sessions deleted: ${sessions}.`,
    `Records of old sign-in attempts deleted: ${usedAttempts}.`,
    `Records of old logout tokens deleted: ${usedLogoutTokens}.`,
    `Old events deleted: ${events}.`,
  ].join('\n')
