import { type MoveResult, moveIdentities, previewMove } from '../../accounts/users/move-identities.js'
import type { IdentityMove } from '../../store/types.js'
import type { ParsedArgs } from '../command-line/arguments.js'
import { type CommandContext, withStore } from '../command-line/context.js'
import { EXIT, operatorName } from '../command-line/process.js'
import type { CommandOutput, Subcommands } from '../command-line/subcommands.js'
import { createProgress, toJson } from '../command-line/terminal.js'
import { readMove } from './move-options.js'
import { describeMove, formatConflicts, moveToJson, settingsNotes } from './move-report.js'

/** `vestibule identities ...` */
export const identityCommands: Subcommands = {
  move: {
    operands: '',
    options: {
      provider: '<name>',
      'from-issuer': '<issuer>',
      'to-issuer': '<issuer>',
      'to-provider': '<name>',
    },
    mayBeEmpty: ['from-issuer', 'to-issuer'],
    flags: ['dry-run'],
    summary: 'after a provider was renamed, rebuilt or changed its protocol',
    help:
      'Users are recognised by provider, issuer and subject. Where a provider gets another issuer or another name, move gives\n' +
      'all its identities the new key, so that users come back to their accounts: all of them, or none where one of the\n' +
      'new keys belongs to another account (merge these first). --dry-run counts, and changes nothing.\n' +
      'An OAuth 2.0 provider has no issuer: --from-issuer none. --from-issuer may be left out where there is one only.\n' +
      'To another issuer: sessions and tokens stay. To another provider: sessions end, and the tokens are deleted, because\n' +
      'the new provider cannot use them. On SQLite no user can sign in until it is done.',
    run: (parsed, output) => {
      const { values } = parsed
      if (!values.get('provider')) return 'Of which provider? Add --provider <name>.'
      if (!values.has('to-issuer') && !values.has('to-provider'))
        return 'Where to? Add --to-issuer <issuer> or --to-provider <name>.'
      return withStore(output.printError, context => runMoveCommand(context, parsed, output))
    },
  },
}

async function runMoveCommand(context: CommandContext, parsed: ParsedArgs, output: CommandOutput): Promise<number> {
  const move = await readMove(context, parsed.values)
  if (typeof move === 'string') {
    if (parsed.json) output.print(toJson({ error: 'nothing_to_move' }))
    output.printError(move)
    return EXIT.failed
  }
  const isDryRun = parsed.flags.has('dry-run')
  const found = isDryRun ? await previewMove(context.store, move) : await runMove(context, move)
  const hasConflicts = found.counts.conflicts > 0
  if (parsed.json) output.print(toJson(moveToJson(move, found, !isDryRun && !hasConflicts)))
  else if (hasConflicts) output.print(formatConflicts(move, found).join('\n'))
  else output.print(describeMove(move, found.counts, isDryRun))
  if (hasConflicts) output.printError('Nothing was changed. Merge these accounts, then run it again.')
  else if (!parsed.json) for (const note of settingsNotes(context.config, move)) output.printError(note)
  return hasConflicts ? EXIT.failed : EXIT.ok
}

async function runMove({ store, now }: CommandContext, move: IdentityMove): Promise<MoveResult> {
  const progress = createProgress(process.stderr)
  let isShown = false
  const show = (done: number, total: number) => {
    isShown ||= total > SHOW_PROGRESS_FROM
    if (isShown) progress.to(done, total)
  }
  try {
    const moved = await moveIdentities(store, move, operatorName(), { now, progress: show })
    await store.checkpoint()
    return moved
  } finally {
    if (isShown) progress.end()
  }
}

/** Fewer identities are moved too quickly for a progress bar. */
const SHOW_PROGRESS_FROM = 10_000
