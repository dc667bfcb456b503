import type { Response } from 'undici'
import type { Deadline } from './deadline.js'
import { HttpClientError } from './errors.js'

type ResponseBody = AsyncIterable<Uint8Array> | null

// A byte-order mark stays: the reader of the response decides what to do with it.
const UTF8_DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

/** Reads a body to its end. Counts while it reads, after decoding: a small gzip body can hold gigabytes. */
export async function readBody(response: Response, what: string, maxBytes: number): Promise<string> {
  // Not by `for await`, which takes a tenth of a short call.
  const reader = response.body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk: Uint8Array = read.value
    size += chunk.byteLength
    chunks.push(chunk)
    if (size <= maxBytes) continue
    // The connection goes with it.
    await reader.cancel()
    throw new HttpClientError('provider_malformed', `${what} answered with more than ${maxBytes} bytes`)
  }
  return UTF8_DECODER.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
}

/** How a body is read chunk by chunk. */
interface StreamOptions {
  /** What it is the body of, for the operator. */
  what: string
  deadline: Deadline
  /** Milliseconds that the provider may take for a chunk. */
  chunkTimeoutMs: number
  /** Milliseconds that the reader may wait between two chunks. */
  readerTimeoutMs: number
  /** Ends the call, whatever it is waiting for. */
  abort(): void
  /** Turns a failure into the error for the operator. */
  toError(error: unknown): unknown
  /** Called once, when nothing more will come. */
  onEnd(): void
}

/** The chunks of a body as they come; leaving the loop early cancels the call. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** Ends the connection too, unless everything has come. */
  cancel(): void
}

/** A reader that neither reads on nor cancels is cut off after a while, and gets an error if it reads again. */
export function streamBody(response: Response, options: StreamOptions): BodyStream {
  const { what, deadline, chunkTimeoutMs, readerTimeoutMs, abort, toError, onEnd } = options
  const body: ResponseBody = response.body
  const chunks = body?.[Symbol.asyncIterator]()
  let isOpen = true
  let isAbandoned = false
  let clear = deadline(readerTimeoutMs, abandon)

  function end(): typeof DONE {
    clear()
    if (isOpen) onEnd()
    isOpen = false
    return DONE
  }

  function cancel(): void {
    if (isOpen) abort()
    end()
  }

  function abandon(): void {
    isAbandoned = true
    cancel()
  }

  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (isAbandoned) throw new HttpClientError('provider_slow', `${what} was left unread for too long`)
    if (!isOpen || !chunks) return DONE
    clear()
    clear = deadline(chunkTimeoutMs, abort)
    try {
      const chunk = await chunks.next()
      clear()
      if (chunk.done) return end()
      if (isOpen) clear = deadline(readerTimeoutMs, abandon)
      return chunk
    } catch (error) {
      // The reader cancelled while a chunk was on its way, so the error is of no interest.
      if (!isOpen) return DONE
      end()
      throw toError(error)
    }
  }

  if (!chunks) end()
  return { cancel, [Symbol.asyncIterator]: () => ({ next, return: returnAfter(cancel) }) }
}

/** What a loop does that is left early. */
const returnAfter = (cancel: () => void) => async () => {
  cancel()
  return DONE
}

const DONE = { done: true, value: undefined } as const
