// undici's own fetch, so that fetch and Agent are of one version on every Node.
import { fetch, type Response } from 'undici'
import { bySystem, type Connections, createConnections, type Resolve } from './connections.js'
import { OutboundError } from './errors.js'

export interface OutboundRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** The issuer whose metadata named the URL: it leads into our own network only where the issuer is there too. */
  discoveredBy?: string
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
  /** Whether a host, as the URL parser spells it, is this machine or one of its own network. */
  isInside: (host: string) => boolean
  resolve?: Resolve
  /** Milliseconds for a whole exchange, the body included. */
  timeout?: number
  /** Of a body, after decoding. */
  maxBytes?: number
  /** Slots for each provider. */
  maxCalls?: number
  deadline?: Deadline
}

/** Acts after so many milliseconds, unless what it returns is called before. */
export type Deadline = (ms: number, act: () => void) => () => void

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
    deadline: byTheClock,
    resolve: bySystem,
    ...options,
  }
  const connections = createConnections({ ...limits, connections: limits.maxCalls })
  const taken = new Map<string, number>()

  return {
    takeSlot(provider, within) {
      const others = taken.get(provider) ?? 0
      if (others >= limits.maxCalls) {
        throw new OutboundError('provider_busy', `All ${limits.maxCalls} slots of ${provider} are taken`)
      }
      taken.set(provider, others + 1)
      const end = within === undefined ? undefined : endOf(within, limits)
      const release = onlyOnce(() => {
        end?.callOff()
        taken.set(provider, (taken.get(provider) ?? 1) - 1)
      })
      return { send: request => call(request, connections, limits, end), release }
    },
    close: connections.destroy,
  }
}

/** Not AbortSignal.timeout: what the garbage collector takes before its time ends no call (nodejs/node#57736). */
const byTheClock: Deadline = (ms, act) => {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

function onlyOnce(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

/** The end that all calls of a slot have in common. */
interface End {
  over: boolean
  calls: Set<AbortController>
  callOff(): void
}

function endOf(within: number, { deadline }: Limits): End {
  const end = { over: false, calls: new Set<AbortController>() }
  const callOff = deadline(within, () => {
    end.over = true
    for (const call of end.calls) call.abort()
  })
  return Object.assign(end, { callOff })
}

async function call(
  request: OutboundRequest,
  connections: Connections,
  limits: Limits,
  end: End | undefined,
): Promise<Answer> {
  const what = describe(request, limits)
  const ending = new AbortController()
  const callOff = limits.deadline(limits.timeout, () => ending.abort())
  end?.calls.add(ending)
  if (end?.over) ending.abort()
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { 'User-Agent': 'Vestibule' /* GitHub's API refuses requests without one */, ...request.headers },
      body: request.body ?? null,
      // On a 307 fetch would send the body again, code and secret included, wherever it points.
      redirect: 'manual',
      dispatcher: connections.agentFor(request.discoveredBy),
      signal: ending.signal,
    })
    return { status: response.status, mediaType: mediaType(response), body: await readBody(response, what, limits) }
  } catch (error) {
    if (error instanceof OutboundError) throw error
    if (ending.signal.aborted) throw new OutboundError('provider_slow', `${what} did not answer in time`)
    throw new OutboundError('provider_unreachable', `${what} failed: ${reason(error)}`)
  } finally {
    callOff()
    end?.calls.delete(ending)
  }
}

/** What is about to be sent, for the operator. The query stays out: it may hold what nobody else should read. */
function describe({ method, url }: OutboundRequest, { allowHttp }: Limits): string {
  if (!URL.canParse(url)) throw new OutboundError('provider_unreachable', `${method} of something that is not a URL`)
  const { origin, pathname, protocol } = new URL(url)
  const what = `${method} ${origin}${pathname}`
  if (protocol === 'https:' || (protocol === 'http:' && allowHttp)) return what
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

/** Of what is not ours only the cause's code: the messages of fetch can quote a header. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof OutboundError) return cause.message
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : 'the connection broke'
}
