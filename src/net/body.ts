import type { Response } from 'undici'
import type { Deadline } from './deadline.js'
import { HttpClientError } from './errors.js'

type ResponseBody = AsyncIterable<Uint8Array> | null

// A byte-order mark stays: the code that reads the response decides about it.
const UTF8_DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

/** Reads a body to its end. It counts the decoded bytes while it reads: a small gzip body can contain gigabytes. */
export async function readBody(response: Response, what: string, maxBytes: number): Promise<string> {
  // `for await` would take a tenth of the time of a short call.
  const reader = response.body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk: Uint8Array = read.value
    size += chunk.byteLength
    chunks.push(chunk)
    if (size <= maxBytes) continue
    // This also ends the connection.
    await reader.cancel()
    throw new HttpClientError('provider_malformed', `${what} answered with more than ${maxBytes} bytes`)
  }
  return UTF8_DECODER.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
}

/** The options for reading a body chunk by chunk. */
interface StreamOptions {
  /** Describes the request for the operator. */
  what: string
  deadline: Deadline
  /** The time that the provider has for a chunk. */
  chunkTimeoutMs: number
  /** The time that the reader has between two chunks. */
  readerTimeoutMs: number
  /** Ends the call at any time. */
  abort(): void
  /** Turns a failure into the error for the operator. */
  toError(error: unknown): unknown
  /** Called once, after the last chunk. */
  onEnd(): void
}

/** The chunks of a body as they come. A loop that ends early cancels the call. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** Also ends the connection, unless the whole body has come. */
  cancel(): void
}

/** If the reader neither reads nor cancels in time, the call ends, and the next read throws an error. */
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
      // The reader cancelled before the chunk came, so the error does not matter.
      if (!isOpen) return DONE
      end()
      throw toError(error)
    }
  }

  if (!chunks) end()
  return { cancel, [Symbol.asyncIterator]: () => ({ next, return: returnAfter(cancel) }) }
}

/** Called by a loop that ends early. */
const returnAfter = (cancel: () => void) => async () => {
  cancel()
  return DONE
}

const DONE = { done: true, value: undefined } as const
