import { type KeyUse, keysInUse, type Rotation, rotateKeys } from '../../store/key-rotation.js'
import type { Store } from '../../store/types.js'
import { withStore } from '../command-line/context.js'
import { EXIT, firstSignal } from '../command-line/process.js'
import type { CommandOutput, Subcommand, Subcommands } from '../command-line/subcommands.js'
import { createProgress, toJson } from '../command-line/terminal.js'

type KeysCommand = (store: Store, asJson: boolean, output: CommandOutput) => Promise<number>

const runOnStore =
  (command: KeysCommand): Subcommand['run'] =>
  (parsed, output) =>
    withStore(output.printError, ({ store }) => command(store, parsed.json, output))

/** `vestibule keys ...` */
export const keyCommands: Subcommands = {
  status: {
    operands: '',
    summary: 'how many rows of tokens each key encrypts',
    help:
      'status counts the rows of tokens by the key of SECRET_KEYS that encrypts them: those of connections, and\n' +
      'the ID tokens of sessions. It exits with 1 when some are encrypted with a key that SECRET_KEYS does not hold.',
    run: runOnStore(printKeyStatus),
  },
  rotate: {
    operands: '',
    summary: 'encrypt them all with the newest key',
    help:
      'rotate encrypts all of them with the newest key, while the app may be running. Ctrl-C stops it after 100 rows at\n' +
      'most; run again, it goes on from there. It exits with 1 when it was stopped, or when rows cannot be decrypted: these\n' +
      'are left as they are.',
    run: runOnStore(runRotation),
  },
}

async function printKeyStatus(store: Store, asJson: boolean, { print, printError }: CommandOutput): Promise<number> {
  const uses = await keysInUse(store)
  if (asJson) print(toJson({ keys: uses.map(({ keyId, key, rows }) => ({ id: keyId, key, rows })) }))
  else for (const line of uses.length > 0 ? uses.map(formatKeyUse) : ['There are no tokens.']) print(line)
  const lost = uses.filter(({ key }) => key === 'unknown').reduce((sum, { rows }) => sum + rows, 0)
  if (lost === 0) return EXIT.ok
  printError(`${countRows(lost, 'is', 'are')} encrypted with a key that SECRET_KEYS does not hold. ${REMEDY}`)
  return EXIT.failed
}

async function runRotation(store: Store, asJson: boolean, { print, printError }: CommandOutput): Promise<number> {
  const stop = new AbortController()
  const progress = createProgress(process.stderr)
  void firstSignal().then(() => {
    progress.end()
    printError('Stopping after this batch.')
    stop.abort()
  })
  const rotation = await rotateKeys(store, { stop: stop.signal, progress: progress.to }).finally(progress.end)
  const { rows, resealed, unopened, stopped } = rotation
  print(asJson ? toJson({ rows, resealed, unopened, stopped }) : describeRotation(rotation))
  if (unopened > 0)
    printError(
      `${countRows(unopened, 'cannot', 'cannot')} be decrypted: the key is not in SECRET_KEYS, or they are damaged. ${REMEDY}`,
    )
  return stopped || unopened > 0 ? EXIT.failed : EXIT.ok
}

const REMEDY = 'Put that key back at the end of SECRET_KEYS, or let these users sign in again.'

const LABELS = { newest: 'newest', older: 'older', unknown: 'unknown key' }

const formatKeyUse = ({ keyId, key, rows }: KeyUse) =>
  `${(keyId || '(none)').padEnd(8)}  ${LABELS[key].padEnd(11)}  ${rows}`

const countRows = (count: number, one: string, several: string) =>
  count === 1 ? `1 row ${one}` : `${count} rows ${several}`

const describeRotation = ({ rows, resealed, stopped }: Rotation) =>
  `${stopped ? 'Stopped' : 'Done'}: ${resealed} of ${rows} rows were encrypted again.${stopped ? ' Run it again to go on.' : ''}`
