/** Where progress is printed, such as `process.stderr`. */
export interface ProgressStream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Shows how much of a task is done. */
export interface Progress {
  to(done: number, total: number): void
  /** Ends the line of the bar, so that the next output is below it. */
  end(): void
}

const MAX_BAR_CHARS = 40

/** On a terminal a bar that grows; elsewhere a line at the beginning and after each tenth. */
export function createProgress(stream: ProgressStream): Progress {
  return stream.isTTY ? createBar(stream) : createLines(stream)
}

function createBar(stream: ProgressStream): Progress {
  return {
    to(done, total) {
      const text = percentAndCount(done, total)
      // A full line would wrap, and then \r would not return to its beginning.
      const available = (stream.columns || 80) - percentAndCount(total, total).length - 4
      const width = Math.max(0, Math.min(MAX_BAR_CHARS, available))
      const filled = Math.round(width * share(done, total))
      stream.write(`\r[${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${text}\x1b[K`)
    },
    end: () => void stream.write('\n'),
  }
}

function createLines(stream: ProgressStream): Progress {
  let tenth = -1
  return {
    to(done, total) {
      const reached = Math.floor(share(done, total) * 10)
      if (reached > tenth) stream.write(`${percentAndCount(done, total)}\n`)
      tenth = Math.max(tenth, reached)
    },
    end: () => {},
  }
}

const percentAndCount = (done: number, total: number) =>
  `${Math.floor(share(done, total) * 100)} %, ${done} of ${total}`

// Rows may have been added since they were counted.
const share = (done: number, total: number) => (total === 0 ? 1 : Math.min(1, done / total))
