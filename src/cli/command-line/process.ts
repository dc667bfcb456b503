import { userInfo } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { standardOutput } from '../../ops/standard-output.js'

/** The exit codes of the commands; those above 1 are from sysexits.h. */
export const EXIT = { ok: 0, failed: 1, usage: 64, outputFailed: 74, badConfiguration: 78 } as const
const FLUSH_TIMEOUT_MS = 1_000
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Ends the process, also where its output could not be written. */
export interface StandardStreams {
  /** After a command. A reader that has closed the pipe (`| head`) is not a failure; a full disk is. */
  endCommand(code: number): void
  /** After `serve`. A log that cannot be written is not a failure of the service. */
  endService(code: number): Promise<void>
}

/** Listens to the errors of stdout and stderr, which would end the process with a stack trace otherwise. */
export function watchStandardStreams(): StandardStreams {
  let failure: string | undefined
  let report = () => {}
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || failure !== undefined) return
    failure = error.code ?? error.name
    report()
  })

  return {
    endCommand(code) {
      process.exitCode = code
      report = () => {
        process.stderr.write(`The output could not be written (${failure}).\n`)
        process.exitCode = code || EXIT.outputFailed
      }
      // A pipe may report its failure later.
      if (failure !== undefined) report()
    },

    async endService(code) {
      process.exitCode = code
      const isFlushed = await standardOutput().flush(FLUSH_TIMEOUT_MS)
      // A pending write would keep the process alive until the reader reads.
      if (!isFlushed || !(await isWritten(process.stderr))) process.exit(code)
    },
  }
}

async function isWritten(stream: NodeJS.WriteStream): Promise<boolean> {
  if (stream.writableLength === 0) return true
  const written = new Promise<void>(resolve => void stream.write('', () => resolve()))
  await Promise.race([written, wait(FLUSH_TIMEOUT_MS, undefined, { ref: false })])
  return stream.writableLength === 0
}

/** Resolves at the first signal. A second signal ends the process at once. */
export function firstSignal(): Promise<void> {
  return new Promise(resolve => {
    const first = () => {
      for (const name of SIGNALS) process.off(name, first)
      resolve()
    }
    for (const name of SIGNALS) process.on(name, first)
  })
}

/** What the system knows of the user that runs a command. */
interface System {
  username(): string
  uid(): number | undefined
}

const SYSTEM: System = { username: () => userInfo().username, uid: () => process.getuid?.() }

/** The system user who runs a command, for the audit log. A container may run under a uid that no name belongs to. */
export function operatorName(system: System = SYSTEM): string {
  try {
    const name = system.username()
    if (name !== '') return name
  } catch {
    // There is no entry for this uid in the system's list of users.
  }
  const uid = system.uid()
  return uid === undefined ? 'unknown' : `uid:${uid}`
}
