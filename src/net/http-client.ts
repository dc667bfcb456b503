// undici's own fetch, so that fetch and Agent are of one version on every Node.
import { type Agent, fetch, type Response } from 'undici'
import { type Agents, createAgents, type Discovered, type Lookup, systemLookup } from './agents.js'
import { type BodyStream, readBody, streamBody } from './body.js'
import { type Deadline, type SharedDeadline, setTimeoutDeadline } from './deadline.js'
import { HttpClientError } from './errors.js'
import { causeOf, reasonOf } from './failure.js'
import type { Proxies } from './proxies.js'
import { createSlots, type HeldSlot, type SlotUse } from './slots.js'

export type { CallPurpose } from './concurrency.js'
export type { Deadline } from './deadline.js'
export type { SlotUse } from './slots.js'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** The metadata that named the URL: it may lead into a private network only if they came from there. */
  discovered?: Discovered
  /** The response must say whether it came from a private network. Such a request has a connection of its own. */
  forMetadata?: true
}

interface ResponseHead {
  /** Any. */
  status: number
  /** Names in lower case. Without cookies: a provider has none to set here. */
  headers: ReadonlyMap<string, string>
}

export interface HttpResponse extends ResponseHead {
  /** In lower case, without parameters. */
  mediaType: string
  /** The decoded text. */
  body: string
  /** Whether it came from a private network; only for a request `forMetadata`. */
  fromPrivateNetwork?: boolean
}

/** A response whose body is read as it comes, however large it is. */
export interface StreamedResponse extends ResponseHead {
  body: AsyncIterable<Uint8Array>
  /** For a caller that does not read to the end. */
  cancel(): Promise<void>
}

export type Send = (request: HttpRequest) => Promise<HttpResponse>

export interface HttpClientOptions {
  /** For the development provider; everywhere else a call goes out over https or not at all. */
  allowHttp: boolean
  /** Whether a host, as the URL parser spells it, is this machine or one of its own network. */
  isPrivateHost: (host: string) => boolean
  lookup?: Lookup
  /** For all hosts but this machine and those that it excepts. */
  proxies?: Proxies | undefined
  /** Milliseconds for a whole exchange, the body included; of a stream for the head, then for each piece. */
  timeout?: number
  /** Of a body, after decoding. */
  maxBytes?: number
  /** Slots for each provider. */
  maxCalls?: number
  deadline?: Deadline
}

/** A slot among a provider's calls, taken until it is released. */
export interface Slot extends Omit<HeldSlot, 'acquire' | 'end'> {
  send: Send
  /** Its response holds the slot until it is read, cancelled or broken; also after `release`. */
  stream(request: HttpRequest): Promise<StreamedResponse>
}

/** The only way to call a provider. */
export interface HttpClient {
  /** Throws OutboundError provider_busy when all slots of the provider are taken; nothing was sent then. */
  takeSlot(provider: string, use?: SlotUse): Slot
  /**
   * The same for one user, who has four slots at a provider and waits for one of these; provider_busy too if too
   * many wait, or for too long.
   */
  waitForSlot(provider: string, person: string, use: SlotUse): Promise<Slot>
  /** Ends all connections, and the calls still under way on them. */
  close(): Promise<void>
}

type Limits = Required<HttpClientOptions>

/** How long a stream waits for its reader: a forgotten stream would hold its slot for ever. */
const READER_TIMEOUT_MS = 60_000

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = {
    timeout: 10_000,
    maxBytes: 256 * 1024,
    maxCalls: 64,
    deadline: setTimeoutDeadline,
    lookup: systemLookup,
    proxies: undefined,
    ...options,
  }
  const connections = createAgents({ ...limits, connections: limits.maxCalls })
  const slots = createSlots(limits)

  function slotOf({ acquire, end, ...slot }: HeldSlot): Slot {
    const context = { connections, limits, end }
    return {
      ...slot,
      send: request => call(request, context),
      stream: request => stream(request, context, acquire()),
    }
  }

  return {
    takeSlot: (provider, use = { purpose: 'sign-in' }) => slotOf(slots.take(provider, use)),
    waitForSlot: async (provider, person, use) => slotOf(await slots.takeForUser(provider, person, use)),
    close: connections.destroy,
  }
}

interface CallContext {
  connections: Agents
  limits: Limits
  end: SharedDeadline | undefined
}

async function call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
  if (!request.forMetadata) return sendAndRead(request, context, context.connections.agentFor(request.discovered))
  const { agent, endedInPrivateNetwork, close } = context.connections.forSingleCall(request.discovered)
  try {
    const response = await sendAndRead(request, context, agent)
    return { ...response, fromPrivateNetwork: endedInPrivateNetwork() }
  } finally {
    close()
  }
}

async function sendAndRead(request: HttpRequest, context: CallContext, agent: Agent): Promise<HttpResponse> {
  const { limits } = context
  const started = startCall(request, context, agent)
  try {
    const response = await started.send()
    const body = await readBody(response, started.what, limits.maxBytes)
    return { ...headOf(response), mediaType: mediaTypeOf(response), body }
  } catch (error) {
    throw started.toError(error)
  } finally {
    started.clearDeadline()
  }
}

/** @param release frees the slot, when the response has ended */
async function stream(request: HttpRequest, context: CallContext, release: () => void): Promise<StreamedResponse> {
  try {
    const started = startCall(request, context, context.connections.agentFor(request.discovered))
    const body = await openStream(started, context, release)
    return { ...body.head, body: body.chunks, cancel: async () => body.chunks.cancel() }
  } catch (error) {
    release()
    throw error
  }
}

async function openStream(
  { what, send, toError, abort, clearDeadline }: StartedCall,
  { limits: { deadline, timeout } }: CallContext,
  onEnd: () => void,
): Promise<{ head: ResponseHead; chunks: BodyStream }> {
  try {
    const response = await send()
    const chunks = streamBody(response, {
      ...{ what, deadline, abort, toError, onEnd },
      chunkTimeout: timeout,
      readerTimeout: READER_TIMEOUT_MS,
    })
    return { head: headOf(response), chunks }
  } catch (error) {
    throw toError(error)
  } finally {
    clearDeadline()
  }
}

/** A call that is about to go out, with its deadline running. */
interface StartedCall {
  what: string
  send(): Promise<Response>
  abort(): void
  /** The error with a message for the operator. */
  toError(error: unknown): HttpClientError
  clearDeadline(): void
}

function startCall(request: HttpRequest, { limits, end }: CallContext, agent: Agent): StartedCall {
  const what = describe(request, limits)
  const controller = new AbortController()
  const abort = () => controller.abort()
  const clear = limits.deadline(limits.timeout, abort)
  end?.calls.add(controller)
  if (end?.isOver) abort()

  return {
    ...{ what, abort },
    send: () =>
      fetch(request.url, {
        method: request.method,
        headers: { 'User-Agent': 'Vestibule' /* GitHub's API refuses requests without one */, ...request.headers },
        body: request.body ?? null,
        // On a 307 fetch would send the body again, code and secret included, wherever it points.
        redirect: 'manual',
        dispatcher: agent,
        signal: controller.signal,
      }),
    toError(error) {
      if (error instanceof HttpClientError) return error
      if (controller.signal.aborted) return new HttpClientError('provider_slow', `${what} did not answer in time`)
      const cause = causeOf(error)
      const code = cause instanceof HttpClientError ? cause.code : 'provider_unreachable'
      return new HttpClientError(code, `${what} failed: ${reasonOf(error)}`)
    },
    clearDeadline() {
      clear()
      end?.calls.delete(controller)
    },
  }
}

/** Describes a request for the operator. The query is left out, because it may hold secrets. */
function describe({ method, url }: HttpRequest, { allowHttp }: Limits): string {
  if (!URL.canParse(url)) throw new HttpClientError('provider_unreachable', `${method} of something that is not a URL`)
  const { origin, pathname, protocol } = new URL(url)
  const what = `${method} ${origin}${pathname}`
  if (protocol === 'https:' || (protocol === 'http:' && allowHttp)) return what
  throw new HttpClientError('provider_unreachable', `${what} was not sent, because it is not https`)
}

const headOf = ({ status, headers }: Response): ResponseHead => ({
  status,
  headers: new Map([...headers].filter(([name]) => !/^set-cookie2?$/.test(name))),
})

const mediaTypeOf = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';', 1).join().trim().toLowerCase()
