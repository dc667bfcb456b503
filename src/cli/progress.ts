/** Where progress is told; `process.stderr` is one. */
export interface Stream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Tells how far something has come. */
export interface Progress {
  to(done: number, total: number): void
  /** Leaves the line of the bar; what is written next stands below it. */
  end(): void
}

const WIDEST = 40

/** A bar that grows in its line on a terminal; elsewhere a line for the beginning and for each further tenth. */
export function createProgress(stream: Stream): Progress {
  return stream.isTTY ? bar(stream) : lines(stream)
}

function bar(stream: Stream): Progress {
  return {
    to(done, total) {
      const text = inWords(done, total)
      // A line that is full wraps, and then \r does not lead to its beginning.
      const room = (stream.columns || 80) - inWords(total, total).length - 4
      const width = Math.max(0, Math.min(WIDEST, room))
      const filled = Math.round(width * share(done, total))
      stream.write(`\r[${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${text}\x1b[K`)
    },
    end: () => void stream.write('\n'),
  }
}

function lines(stream: Stream): Progress {
  let tenth = -1
  return {
    to(done, total) {
      const reached = Math.floor(share(done, total) * 10)
      if (reached > tenth) stream.write(`${inWords(done, total)}\n`)
      tenth = Math.max(tenth, reached)
    },
    end: () => {},
  }
}

const inWords = (done: number, total: number) => `${Math.floor(share(done, total) * 100)} %, ${done} of ${total}`

// Rows may have come since they were counted.
const share = (done: number, total: number) => (total === 0 ? 1 : Math.min(1, done / total))
