// undici's own fetch, so that fetch and Agent are of one version on every Node.
import { type Agent, fetch, type Response } from 'undici'
import type { CallSlot, CallSlotUse } from '../http/call-slot.js'
import { isPrivateHost } from '../http/private-host.js'
import type { Proxies } from '../http/proxies.js'
import type { HttpRequest, HttpResponse, StreamedResponse } from '../http/types.js'
import { type Agents, createAgents, type Lookup, systemLookup } from './agents.js'
import { type BodyStream, readBody, streamBody } from './body.js'
import { type Deadline, type SharedDeadline, setTimeoutDeadline } from './deadline.js'
import { causeOf, HttpClientError, reasonOf } from './errors.js'
import { createSlots, type HeldSlot } from './slots.js'

type ResponseHead = Pick<StreamedResponse, 'status' | 'headers'>

export interface HttpClientOptions {
  /** For the development provider; otherwise a call is sent over https, or not sent. */
  allowHttp: boolean
  /** Whether a host, as the URL parser spells it, is this machine or in a private network. */
  isPrivateHost?: (host: string) => boolean
  lookup?: Lookup
  /** They are used for all hosts except this machine and those of `noProxy`. */
  proxies?: Proxies | undefined
  /** For a whole exchange, with its body; of a stream for the head, then for each chunk. */
  timeoutMs?: number
  /** Of a body, after decoding. */
  maxBytes?: number
  /** The slots of each provider. */
  maxCalls?: number
  deadline?: Deadline
}

/** The only way to call a provider. */
export interface HttpClient {
  /** Throws HttpClientError provider_busy when all slots of the provider are taken; then nothing was sent. */
  takeSlot(provider: string, use?: CallSlotUse): CallSlot
  /**
   * The same for one user, who has four slots at a provider and waits for one of these. Throws provider_busy too if too
   * many calls wait, or a call waits for too long.
   */
  waitForSlot(provider: string, userId: string, use: CallSlotUse): Promise<CallSlot>
  /** Ends all connections, and the calls still under way on them. */
  close(): Promise<void>
}

type Limits = Required<HttpClientOptions>

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 256 * 1024
/** A stream waits so long for its reader: a forgotten stream would hold its slot for ever. */
const READER_TIMEOUT_MS = 60_000

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = {
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BODY_BYTES,
    maxCalls: 64,
    deadline: setTimeoutDeadline,
    lookup: systemLookup,
    isPrivateHost,
    proxies: undefined,
    ...options,
  }
  const agents = createAgents({ ...limits, connections: limits.maxCalls })
  const slots = createSlots(limits)

  function toCallSlot({ acquire, sharedDeadline, ...slot }: HeldSlot): CallSlot {
    const context = { agents, limits, sharedDeadline }
    return {
      ...slot,
      send: request => call(request, context),
      stream: request => stream(request, context, acquire()),
    }
  }

  return {
    takeSlot: (provider, use = { purpose: 'sign-in' }) => toCallSlot(slots.take(provider, use)),
    waitForSlot: async (provider, userId, use) => toCallSlot(await slots.takeForUser(provider, userId, use)),
    close: agents.destroy,
  }
}

interface CallContext {
  agents: Agents
  limits: Limits
  sharedDeadline: SharedDeadline | undefined
}

type ResponseWithHeaders = HttpResponse & ResponseHead

async function call(request: HttpRequest, context: CallContext): Promise<ResponseWithHeaders> {
  if (!request.forMetadata) return sendAndRead(request, context, context.agents.agentFor(request.discovered))
  const { agent, endedInPrivateNetwork, close } = context.agents.forSingleCall(request.discovered)
  try {
    const response = await sendAndRead(request, context, agent)
    return { ...response, fromPrivateNetwork: endedInPrivateNetwork() }
  } finally {
    close()
  }
}

async function sendAndRead(request: HttpRequest, context: CallContext, agent: Agent): Promise<ResponseWithHeaders> {
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

/** @param release frees the slot; called when the response has ended */
async function stream(request: HttpRequest, context: CallContext, release: () => void): Promise<StreamedResponse> {
  try {
    const started = startCall(request, context, context.agents.agentFor(request.discovered))
    const body = await openStream(started, context, release)
    return { ...body.head, body: body.chunks, cancel: async () => body.chunks.cancel() }
  } catch (error) {
    release()
    throw error
  }
}

async function openStream(
  { what, send, toError, abort, clearDeadline }: StartedCall,
  { limits: { deadline, timeoutMs } }: CallContext,
  onEnd: () => void,
): Promise<{ head: ResponseHead; chunks: BodyStream }> {
  try {
    const response = await send()
    const chunks = streamBody(response, {
      what,
      deadline,
      abort,
      toError,
      onEnd,
      chunkTimeoutMs: timeoutMs,
      readerTimeoutMs: READER_TIMEOUT_MS,
    })
    return { head: headOf(response), chunks }
  } catch (error) {
    throw toError(error)
  } finally {
    clearDeadline()
  }
}

/** A call that is about to be sent, with its deadline running. */
interface StartedCall {
  what: string
  send(): Promise<Response>
  abort(): void
  /** Turns a failure into an error with a message for the operator. */
  toError(error: unknown): HttpClientError
  clearDeadline(): void
}

function startCall(request: HttpRequest, { limits, sharedDeadline }: CallContext, agent: Agent): StartedCall {
  const what = describe(request, limits)
  const controller = new AbortController()
  const abort = () => controller.abort()
  const clear = limits.deadline(limits.timeoutMs, abort)
  sharedDeadline?.calls.add(controller)
  if (sharedDeadline?.isOver) abort()

  return {
    what,
    abort,
    send: () =>
      fetch(request.url, {
        method: request.method,
        headers: { 'User-Agent': 'Vestibule' /* GitHub's API refuses requests without one */, ...request.headers },
        body: request.body ?? null,
        // On a 307 fetch would send the body again, with code and secret, to any host that the response names.
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
      sharedDeadline?.calls.delete(controller)
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
