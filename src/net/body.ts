import type { Response } from 'undici'
import { OutboundError } from './errors.js'
import type { Deadline } from './places.js'

type Body = AsyncIterable<Uint8Array> | null

// A byte order mark is kept: whether it is welcome is for the reader of the answer to say.
const asText = new TextDecoder('utf-8', { ignoreBOM: true })

/** Reads a body to its end. Counts while it reads, after decoding: a small gzip body can hold gigabytes. */
export async function readWhole(response: Response, what: string, maxBytes: number): Promise<string> {
  // Not by `for await`, which takes a tenth of a short call.
  const reader = response.body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const chunk: Uint8Array = piece.value
    size += chunk.byteLength
    chunks.push(chunk)
    if (size <= maxBytes) continue
    // The connection goes with it.
    await reader.cancel()
    throw new OutboundError('provider_malformed', `${what} answered with more than ${maxBytes} bytes`)
  }
  return asText.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
}

/** How a body is read piece by piece. */
interface Reading {
  /** What it is the body of, for the operator. */
  what: string
  deadline: Deadline
  /** Milliseconds that the provider may be silent before a piece. */
  silence: number
  /** Milliseconds that the reader may rest between two. */
  rest: number
  /** Ends the call, whatever it is waiting for. */
  abort(): void
  /** What a failure is told as. */
  told(error: unknown): unknown
  /** Called once: nothing more will come. */
  over(): void
}

/** The pieces of a body as they come; to leave the loop early is to cancel. */
export interface Pieces extends AsyncIterable<Uint8Array> {
  /** Ends the connection too, unless everything has come. */
  cancel(): void
}

/** Whoever forgets to read on or to cancel is cut off after a while, and told so if they come back. */
export function inPieces(response: Response, reading: Reading): Pieces {
  const { what, deadline, silence, rest, abort, told, over } = reading
  const body: Body = response.body
  const pieces = body?.[Symbol.asyncIterator]()
  let open = true
  let forgotten = false
  let callOff = deadline(rest, forget)

  function end(): typeof END {
    callOff()
    if (open) over()
    open = false
    return END
  }

  function cancel(): void {
    if (open) abort()
    end()
  }

  function forget(): void {
    forgotten = true
    cancel()
  }

  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (forgotten) throw new OutboundError('provider_slow', `${what} was left unread for too long`)
    if (!open || !pieces) return END
    callOff()
    callOff = deadline(silence, abort)
    try {
      const piece = await pieces.next()
      callOff()
      if (piece.done) return end()
      if (open) callOff = deadline(rest, forget)
      return piece
    } catch (error) {
      // Whoever cancels while a piece is on its way has had enough.
      if (!open) return END
      end()
      throw told(error)
    }
  }

  if (!pieces) end()
  return { cancel, [Symbol.asyncIterator]: () => ({ next, return: leaving(cancel) }) }
}

/** What a loop does that is left early. */
const leaving = (cancel: () => void) => async () => {
  cancel()
  return END
}

const END = { done: true, value: undefined } as const
