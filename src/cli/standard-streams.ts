import { setTimeout as wait } from 'node:timers/promises'
import { standardOutput } from '../ops/standard-output.js'

/** EX_IOERR of sysexits.h */
const OUTPUT_FAILED = 74
const FLUSH_TIMEOUT_MS = 1_000

/** How a process ends, whatever became of what it wrote. */
export interface StandardStreams {
  /** After a command: a reader that went away (`| head`) is no failure, a full disk is one. */
  endCommand(code: number): void
  /** After `serve`: its log may have no place to go, and that is no failure of the service. */
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
        process.exitCode = code || OUTPUT_FAILED
      }
      // A pipe reports its failure later, maybe.
      if (failure !== undefined) report()
    },

    async endService(code) {
      process.exitCode = code
      const isFlushed = await standardOutput().flush(FLUSH_TIMEOUT_MS)
      // A write that is still under way would keep the process for as long as the reader likes.
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
