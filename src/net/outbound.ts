// undici's own fetch, so that fetch and Agent are of one version on every Node.
import { Agent, fetch, type Response } from 'undici'
import { OutboundError } from './errors.js'

export interface OutboundRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
}

/** Any status; the media type in lower case without parameters; the decoded text. */
export interface Answer {
  status: number
  mediaType: string
  body: string
}

export type Send = (request: OutboundRequest) => Promise<Answer>

export interface OutboundOptions {
  /** For the development provider; everywhere else a call goes out over https or not at all. */
  allowHttp: boolean
  /** Milliseconds for a whole exchange, the body included. */
  timeout?: number
  /** Of a body, after decoding. */
  maxBytes?: number
  /** Slots for each provider. */
  maxCalls?: number
  deadline?: (ms: number) => AbortSignal
}

/** A place among a provider's calls, held for as long as they take. */
export interface Slot {
  send: Send
  release(): void
}

/** The only door outwards. */
export interface Outbound {
  /**
   * Throws OutboundError provider_busy when all slots of the provider are taken; nothing was sent then.
   * @param within milliseconds for all calls of the slot together
   */
  takeSlot(provider: string, within?: number): Slot
  /** Ends all connections, and the calls still under way on them. */
  close(): Promise<void>
}

type Limits = Required<OutboundOptions>

export function createOutbound(options: OutboundOptions): Outbound {
  const limits = {
    timeout: 10_000,
    maxBytes: 256 * 1024,
    maxCalls: 64,
    deadline: (ms: number) => AbortSignal.timeout(ms),
    ...options,
  }
  const agent = new Agent({ connections: limits.maxCalls })
  const taken = new Map<string, number>()

  return {
    takeSlot(provider, within) {
      const others = taken.get(provider) ?? 0
      if (others >= limits.maxCalls) {
        throw new OutboundError('provider_busy', `All ${limits.maxCalls} slots of ${provider} are taken`)
      }
      taken.set(provider, others + 1)
      const end = within === undefined ? [] : [limits.deadline(within)]
      const send: Send = request => call(request, agent, limits, end)
      return { send, release: onlyOnce(() => taken.set(provider, (taken.get(provider) ?? 1) - 1)) }
    },
    close: () => agent.destroy(),
  }
}

function onlyOnce(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

async function call(
  request: OutboundRequest,
  agent: Agent,
  limits: Limits,
  ends: readonly AbortSignal[],
): Promise<Answer> {
  const what = describe(request)
  refuseInsecure(request, what, limits)
  const { signal, forget } = firstOf([limits.deadline(limits.timeout), ...ends])
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { 'User-Agent': 'Vestibule' /* GitHub's API refuses requests without one */, ...request.headers },
      body: request.body ?? null,
      // On a 307 fetch would send the body again, code and secret included, wherever it points.
      redirect: 'manual',
      dispatcher: agent,
      signal,
    })
    return { status: response.status, mediaType: mediaType(response), body: await readBody(response, what, limits) }
  } catch (error) {
    if (error instanceof OutboundError) throw error
    if (signal.aborted) throw new OutboundError('provider_slow', `${what} did not answer in time`)
    throw new OutboundError('provider_unreachable', `${what} failed: ${reason(error)}`)
  } finally {
    forget()
  }
}

/**
 * Not AbortSignal.any: what hangs on it alone does not keep a timeout alive, and a timeout that the garbage collector
 * took never ends the call (nodejs/node#57736). A listener of our own does keep it.
 */
function firstOf(signals: readonly AbortSignal[]): { signal: AbortSignal; forget(): void } {
  const end = new AbortController()
  const abort = () => end.abort()
  for (const signal of signals) {
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
  }
  return {
    signal: end.signal,
    forget() {
      for (const signal of signals) signal.removeEventListener('abort', abort)
    },
  }
}

/** The query stays out: it may hold what nobody else should read. */
function describe({ method, url }: OutboundRequest): string {
  if (!URL.canParse(url)) throw new OutboundError('provider_unreachable', `${method} of something that is not a URL`)
  const { origin, pathname } = new URL(url)
  return `${method} ${origin}${pathname}`
}

function refuseInsecure({ url }: OutboundRequest, what: string, { allowHttp }: Limits): void {
  const { protocol } = new URL(url)
  if (protocol === 'https:' || (protocol === 'http:' && allowHttp)) return
  throw new OutboundError('provider_unreachable', `${what} was not sent, because it is not https`)
}

const mediaType = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';', 1).join().trim().toLowerCase()

/** Counts while it reads, after decoding: a small gzip body can hold gigabytes. */
async function readBody(response: Response, what: string, { maxBytes }: Limits): Promise<string> {
  const body: AsyncIterable<Uint8Array> | null = response.body
  if (!body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop early cancels the body, and so the connection.
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes)
      throw new OutboundError('provider_malformed', `${what} answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  // A byte order mark is kept: whether it is welcome is for the reader of the answer to say.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(chunks))
}

/** Only the cause's code: the messages of fetch can quote a header. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : 'the connection broke'
}
