import { setTimeout as wait } from 'node:timers/promises'

/** Lines that were dropped, and why. */
export interface LostLines {
  count: number
  /** The system's code of the last failure (`ENOSPC`, `EPIPE`), or `EAGAIN` where the reader did not read. */
  cause: string
}

/**
 * What the log and the banner are written to. It never throws, never blocks, and holds a limited amount of text only.
 */
export interface Output {
  write(text: string): void
  /** Tries once to write the waiting text; false if some of it is left after `timeoutMs`. */
  flush(timeoutMs: number): Promise<boolean>
  /** The same without waiting, for the exit of the process. */
  flushSync(): void
  /** Sets the callback that gets the number of lost lines, once writing works again. */
  onLoss(report: (lost: LostLines) => void): void
}

/** What the text is written to. */
export interface OutputTarget {
  /** Writes some or all of the bytes, and calls `done` with their number. */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null | undefined, written: number) => void): void
  /** The same without waiting; it throws where nothing can be written now. */
  writeSync(bytes: Buffer): number
}

export interface OutputLimits {
  /** Characters that may wait; lines beyond are dropped and counted. */
  maxWaitingChars: number
  /** Characters that are written together, because a system call for each line costs more than the line. */
  batchChars: number
  batchDelayMs: number
  /** The delay before the next try after a failure. */
  retryDelayMs: number
  /** The same for a terminal that accepts no more text at the moment. */
  busyDelayMs: number
}

const LIMITS: OutputLimits = {
  maxWaitingChars: 4 * 1024 * 1024,
  batchChars: 4_096,
  batchDelayMs: 100,
  retryDelayMs: 1_000,
  busyDelayMs: 20,
}
const MAX_CHUNK_CHARS = 64 * 1024
const BUSY = 'EAGAIN'

const ignore = () => {}

export const createOutput = (target: OutputTarget, limits: OutputLimits = LIMITS): Output =>
  new BoundedOutput(target, limits)

/** One write is pending at a time, so that lines keep their order and a blocked target holds only one chunk. */
class BoundedOutput implements Output {
  private readonly waiting = createQueue()
  /** The rest of the chunk that is being written. */
  private chunk = Buffer.alloc(0)
  private isWriting = false
  private failure: string | undefined
  private lost = 0
  private timer: NodeJS.Timeout | undefined
  private report: (lost: LostLines) => void = ignore
  private afterWrite = ignore

  constructor(
    private readonly target: OutputTarget,
    private readonly limits: OutputLimits,
  ) {}

  onLoss(report: (lost: LostLines) => void): void {
    this.report = report
  }

  write(text: string): void {
    if (this.waiting.length + text.length > this.limits.maxWaitingChars) this.lost += 1
    else this.waiting.add(text)
    if (this.failure === undefined && this.waiting.length >= this.limits.batchChars) this.writeNext()
    else this.schedule()
  }

  async flush(timeoutMs: number): Promise<boolean> {
    const tried = new Promise<void>(resolve => {
      this.afterWrite = () => (this.failure || this.isEmpty() ? resolve() : this.writeNext())
      if (this.isEmpty()) resolve()
      else this.writeNext()
    })
    const deadline = new AbortController()
    await Promise.race([tried, wait(timeoutMs, undefined, deadline).catch(ignore)])
    deadline.abort()
    this.afterWrite = ignore
    return this.isEmpty()
  }

  flushSync(): void {
    // Half of a pending write may be written already.
    if (this.isWriting) return
    try {
      let rest = Buffer.concat([this.chunk, Buffer.from(this.waiting.take())])
      while (rest.length > 0) rest = rest.subarray(this.target.writeSync(rest))
    } catch {
      // There is only one try.
    }
    this.chunk = Buffer.alloc(0)
  }

  private isEmpty(): boolean {
    return !this.isWriting && this.chunk.length === 0 && this.waiting.length === 0
  }

  private schedule(): void {
    if (this.timer || this.isWriting || this.isEmpty()) return
    this.timer = setTimeout(() => this.writeNext(), this.delayMs()).unref()
  }

  private delayMs(): number {
    if (this.failure === BUSY) return this.limits.busyDelayMs
    if (this.failure) return this.limits.retryDelayMs
    return this.chunk.length > 0 || this.waiting.length >= this.limits.batchChars ? 0 : this.limits.batchDelayMs
  }

  private writeNext(): void {
    if (this.isWriting) return
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.chunk.length === 0) this.chunk = Buffer.from(this.waiting.take(MAX_CHUNK_CHARS))
    if (this.chunk.length === 0) return
    this.isWriting = true
    this.target.write(this.chunk, (error, count) => this.onWritten(error, count))
  }

  private onWritten(error: NodeJS.ErrnoException | null | undefined, count: number): void {
    this.isWriting = false
    this.chunk = this.chunk.subarray(count)
    const before = this.failure
    this.failure = error ? (error.code ?? error.name) : undefined
    if (!this.failure) this.reportLoss(before ?? BUSY)
    this.afterWrite()
    this.schedule()
  }

  private reportLoss(cause: string): void {
    if (this.lost === 0) return
    const count = this.lost
    this.lost = 0
    this.report({ count, cause })
  }
}

/** A queue of texts. */
function createQueue() {
  let texts: string[] = []
  let length = 0
  return {
    get length() {
      return length
    },
    add(text: string) {
      texts.push(text)
      length += text.length
    },
    /** Takes whole texts from the front: at least one, and then as many as fit. */
    take(max = Number.POSITIVE_INFINITY): string {
      let size = 0
      let count = 0
      for (const text of texts) {
        if (count > 0 && size + text.length > max) break
        size += text.length
        count += 1
      }
      const taken = texts.slice(0, count).join('')
      texts = texts.slice(count)
      length -= size
      return taken
    },
  }
}
