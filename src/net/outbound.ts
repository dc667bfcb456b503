// undici's own fetch, so that fetch and Agent are of one version on every Node.
import { type Agent, fetch, type Response } from 'undici'
import { inPieces, type Pieces, readWhole } from './body.js'
import { bySystem, type Connections, createConnections, type Discovered, type Resolve } from './connections.js'
import { OutboundError } from './errors.js'
import { causeOf, reasonOf } from './failure.js'
import { byTheClock, type Deadline, type End } from './places.js'
import type { Proxies } from './proxies.js'
import { createSlots, type HeldPlace, type SlotUse } from './slots.js'

export type { CallPurpose, Deadline } from './places.js'
export type { SlotUse } from './slots.js'

export interface OutboundRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** The metadata that named the URL: it leads into our own network only if they came from there themselves. */
  discovered?: Discovered
  /** The response is to say whether it came from our own network. Such a request has a connection of its own. */
  forMetadata?: true
}

interface Head {
  /** Any. */
  status: number
  /** Names in lower case. Without cookies: a provider has none to set here. */
  headers: ReadonlyMap<string, string>
}

export interface Answer extends Head {
  /** In lower case, without parameters. */
  mediaType: string
  /** The decoded text. */
  body: string
  /** Whether it came from our own network; only to a request `forMetadata`. */
  fromInside?: boolean
}

/** An answer whose body is read as it comes, however large it is. */
export interface StreamedAnswer extends Head {
  body: AsyncIterable<Uint8Array>
  /** For whoever does not read to the end. */
  cancel(): Promise<void>
}

export type Send = (request: OutboundRequest) => Promise<Answer>

export interface OutboundOptions {
  /** For the development provider; everywhere else a call goes out over https or not at all. */
  allowHttp: boolean
  /** Whether a host, as the URL parser spells it, is this machine or one of its own network. */
  isInside: (host: string) => boolean
  resolve?: Resolve
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

/** A place among a provider's calls, held for as long as they take. */
export interface Slot extends Omit<HeldPlace, 'hold' | 'end'> {
  send: Send
  /** Its answer keeps the place until it was read or cancelled, or broke; also after `release`. */
  stream(request: OutboundRequest): Promise<StreamedAnswer>
}

/** The only door outwards. */
export interface Outbound {
  /** Throws OutboundError provider_busy when all slots of the provider are taken; nothing was sent then. */
  takeSlot(provider: string, use?: SlotUse): Slot
  /**
   * The same for one person, who has four places at a provider and waits for one of these; provider_busy too where too
   * many wait, or for too long.
   */
  waitForSlot(provider: string, person: string, use: SlotUse): Promise<Slot>
  /** Ends all connections, and the calls still under way on them. */
  close(): Promise<void>
}

type Limits = Required<OutboundOptions>

/** How long a stream waits for its reader, in milliseconds: who forgets it would hold its place for ever. */
const REST = 60_000

export function createOutbound(options: OutboundOptions): Outbound {
  const limits = {
    timeout: 10_000,
    maxBytes: 256 * 1024,
    maxCalls: 64,
    deadline: byTheClock,
    resolve: bySystem,
    proxies: undefined,
    ...options,
  }
  const connections = createConnections({ ...limits, connections: limits.maxCalls })
  const slots = createSlots(limits)

  function slotOf({ hold, end, ...slot }: HeldPlace): Slot {
    const around = { connections, limits, end }
    return {
      ...slot,
      send: request => call(request, around),
      stream: request => stream(request, around, hold()),
    }
  }

  return {
    takeSlot: (provider, use = { purpose: 'sign-in' }) => slotOf(slots.take(provider, use)),
    waitForSlot: async (provider, person, use) => slotOf(await slots.takeForPerson(provider, person, use)),
    close: connections.destroy,
  }
}

interface Around {
  connections: Connections
  limits: Limits
  end: End | undefined
}

async function call(request: OutboundRequest, around: Around): Promise<Answer> {
  if (!request.forMetadata) return exchange(request, around, around.connections.agentFor(request.discovered))
  const { agent, endedInside, close } = around.connections.forOneCall(request.discovered)
  try {
    const answer = await exchange(request, around, agent)
    return { ...answer, fromInside: endedInside() }
  } finally {
    close()
  }
}

async function exchange(request: OutboundRequest, around: Around, agent: Agent): Promise<Answer> {
  const { limits } = around
  const started = start(request, around, agent)
  try {
    const response = await started.response()
    const body = await readWhole(response, started.what, limits.maxBytes)
    return { ...headOf(response), mediaType: mediaType(response), body }
  } catch (error) {
    throw started.told(error)
  } finally {
    started.stopTheClock()
  }
}

/** @param letGo of the place, when the answer is over */
async function stream(request: OutboundRequest, around: Around, letGo: () => void): Promise<StreamedAnswer> {
  try {
    const started = start(request, around, around.connections.agentFor(request.discovered))
    const body = await opened(started, around, letGo)
    return { ...body.head, body: body.pieces, cancel: async () => body.pieces.cancel() }
  } catch (error) {
    letGo()
    throw error
  }
}

async function opened(
  { what, response, told, abort, stopTheClock }: Started,
  { limits: { deadline, timeout } }: Around,
  over: () => void,
): Promise<{ head: Head; pieces: Pieces }> {
  try {
    const answer = await response()
    const pieces = inPieces(answer, { ...{ what, deadline, abort, told, over }, silence: timeout, rest: REST })
    return { head: headOf(answer), pieces }
  } catch (error) {
    throw told(error)
  } finally {
    stopTheClock()
  }
}

/** A call that is about to go out, with its deadline running. */
interface Started {
  what: string
  response(): Promise<Response>
  abort(): void
  /** An error as the operator is to read it. */
  told(error: unknown): OutboundError
  stopTheClock(): void
}

function start(request: OutboundRequest, { limits, end }: Around, agent: Agent): Started {
  const what = describe(request, limits)
  const ending = new AbortController()
  const abort = () => ending.abort()
  const callOff = limits.deadline(limits.timeout, abort)
  end?.calls.add(ending)
  if (end?.over) abort()

  return {
    ...{ what, abort },
    response: () =>
      fetch(request.url, {
        method: request.method,
        headers: { 'User-Agent': 'Vestibule' /* GitHub's API refuses requests without one */, ...request.headers },
        body: request.body ?? null,
        // On a 307 fetch would send the body again, code and secret included, wherever it points.
        redirect: 'manual',
        dispatcher: agent,
        signal: ending.signal,
      }),
    told(error) {
      if (error instanceof OutboundError) return error
      if (ending.signal.aborted) return new OutboundError('provider_slow', `${what} did not answer in time`)
      const cause = causeOf(error)
      const code = cause instanceof OutboundError ? cause.code : 'provider_unreachable'
      return new OutboundError(code, `${what} failed: ${reasonOf(error)}`)
    },
    stopTheClock() {
      callOff()
      end?.calls.delete(ending)
    },
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

const headOf = ({ status, headers }: Response): Head => ({
  status,
  headers: new Map([...headers].filter(([name]) => !/^set-cookie2?$/.test(name))),
})

const mediaType = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';', 1).join().trim().toLowerCase()
