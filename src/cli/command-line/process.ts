import { setTimeout as wait } from 'node:timers/promises'
import { standardOutput } from '../../ops/standard-output.js'

/** EX_IOERR of sysexits.h */
const EXIT_OUTPUT_FAILED = 74
const FLUSH_TIMEOUT_MS = 1_000

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
        process.exitCode = code || EXIT_OUTPUT_FAILED
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
