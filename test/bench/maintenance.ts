import { execFile } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { databaseOf, type Field, settingsOfOurs } from './contenders.js'
import { ADA, type Side } from './large-database.js'
import { type Watched, watchPauses } from './pauses.js'
import { type DatabaseSize, expireSessions } from './seed-database.js'

const run = promisify(execFile)
const COMMAND = fileURLToPath(new URL('../../../src/cli/vestibule.js', import.meta.url))
const IDLE = 3_000

/** What has to be done to a large database now and then, while people go on. */
export interface Maintenance {
  /** Nothing, to compare with. */
  idle: Watched
  reseal: Work
  /** In the app's own process, and by a command beside it. */
  pruneWithin: Work
  pruneBeside: Work
}

export interface Work extends Watched {
  rows: number
}

export async function measureMaintenance(
  side: Side,
  town: DatabaseSize,
  say: (text: string) => void,
): Promise<Maintenance> {
  const { child, field } = side
  const half = Math.floor(town.sessions / 2)
  say('how long others wait: nothing is done')
  const idle = await watchPauses(child, ADA, () => wait(IDLE))
  const during = async (rows: number, work: () => Promise<unknown>) => ({
    rows,
    ...(await watchPauses(child, ADA, work)),
  })
  const expire = () => expireSessions(databaseOf('vestibule', field), half, ADA)
  say(`${town.users} tokens are sealed anew`)
  const reseal = await during(town.users, () => runCommand(field, ['keys', 'rotate']))
  say(`${half} sessions are pruned by the app`)
  expire()
  const pruneWithin = await during(half, () => child.ask('sweep'))
  say(`${half} sessions are pruned beside it`)
  expire()
  const pruneBeside = await during(half, () => runCommand(field, ['sessions', 'prune']))
  return { idle, reseal, pruneWithin, pruneBeside }
}

/** Runs a command of ours, and returns what it says to machines. */
export async function runCommand(field: Field, words: readonly string[]): Promise<Record<string, unknown>> {
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', ...settingsOfOurs('http://127.0.0.1', field) }
  const { stdout } = await run(process.execPath, [COMMAND, ...words, '--json'], { cwd: field.folder, env })
  return JSON.parse(stdout)
}
