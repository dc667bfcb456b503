import { constants, fstatSync, openSync, write, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { createOutput, type Output, type OutputTarget } from './output.js'

const STDOUT = 1

let output: Output | undefined

/** The standard output of this process, which the log and the banner share. */
export function standardOutput(): Output {
  if (output) return output
  const opened = createOutput(targetOf(STDOUT))
  process.once('exit', () => opened.flushSync())
  output = opened
  return opened
}

function targetOf(fd: number): OutputTarget {
  const file = fileOf(fd)
  return file === undefined ? streamTarget(process.stdout, fd) : fileTarget(file)
}

/**
 * Returns the descriptor of what can be written without waiting for a reader: files, and devices such as /dev/full. A
 * terminal that was stopped (Ctrl-S, a lost connection) would block Node's own stream, so it is opened once more.
 */
function fileOf(fd: number): number | undefined {
  try {
    if (isatty(fd))
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const stats = fstatSync(fd)
    return stats.isFile() || stats.isCharacterDevice() ? fd : undefined
  } catch {
    return undefined
  }
}

const fileTarget = (fd: number): OutputTarget => ({
  write: (bytes, done) => write(fd, bytes, (error, count) => done(error, error ? 0 : count)),
  writeSync: bytes => writeSync(fd, bytes),
})

/** For a pipe or a socket: Node makes it non-blocking, and continues after an error. */
function streamTarget(stream: NodeJS.WriteStream, fd: number): OutputTarget {
  // The callback gets each error too; without a listener an error would end the process.
  stream.on('error', () => {})
  return {
    write: (bytes, done) => void stream.write(bytes, error => done(error, error ? 0 : bytes.length)),
    writeSync: bytes => writeSync(fd, bytes),
  }
}
