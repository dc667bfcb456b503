import { ADDRCONFIG, type LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { OutboundError } from './errors.js'
import { type IsInside, isInsideAddress, isInsideByText, outsideOnly } from './inside.js'
import type { Deadline } from './places.js'
import { type ChooseProxy, createProxyChoice, type Proxies } from './proxies.js'
import { createTunnels, type Tunnels, targetOf } from './tunnel.js'

/** All addresses of a name; of an address, that one. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

/** Where a URL comes from that a provider's metadata named. */
export interface Discovered {
  /** The issuer, or another name for the place of the metadata: its connections are its own. */
  by: string
  /** Whether the metadata came from our own network: only then they may name URLs there. */
  fromInside: boolean
}

export interface Surroundings {
  isInside: IsInside
  resolve: Resolve
  /** For each origin. */
  connections: number
  proxies: Proxies | undefined
  deadline: Deadline
}

/** What carries requests: one pool for where the settings lead, and one for each issuer's discovery. */
export interface Connections {
  agentFor(discovered: Discovered | undefined): Agent
  /** Connections for one call alone, so that it is known where it ended. */
  forOneCall(discovered: Discovered | undefined): OneCall
  /** Ends them all, and whatever is asked for after it. */
  destroy(): Promise<void>
}

export interface OneCall {
  agent: Agent
  /** Whether everything that was connected to is in our own network. */
  endedInside(): boolean
  close(): void
}

export function createConnections(around: Surroundings): Connections {
  const { connections, resolve } = around
  const tunneling = around.proxies && { proxyFor: createProxyChoice(around.proxies), ...createTunnels(around.deadline) }
  const connectorFor = connectors(around, tunneling)
  const connect = tunneling ? connectorFor(undefined) : { lookup: lookupBy(resolve) }
  const free = new Agent({ connections, connect })
  // Apart from each other: a connection that one issuer may have would else be used for another's endpoint.
  const led = new Map<string, Agent>()
  const single = new Set<Agent>()
  let over = false

  return {
    agentFor(discovered) {
      if (discovered === undefined || over) return free
      const key = `${discovered.fromInside} ${discovered.by}`
      const agent = led.get(key) ?? new Agent({ connections, connect: connectorFor(discovered) })
      led.set(key, agent)
      return agent
    },

    forOneCall(discovered) {
      const places: boolean[] = []
      const agent = new Agent({ connections: 1, connect: connectorFor(discovered, place => places.push(place)) })
      const close = () => {
        single.delete(agent)
        void agent.destroy()
      }
      single.add(agent)
      if (over) close()
      return { agent, endedInside: () => places.length > 0 && places.every(Boolean), close }
    },

    async destroy() {
      over = true
      tunneling?.destroy()
      await Promise.all([free, ...led.values(), ...single].map(agent => agent.destroy()))
    },
  }
}

/** As `net.connect` asks by itself. */
export const bySystem: Resolve = host => lookup(host, { all: true, hints: ADDRCONFIG })

type Tunneling = Tunnels & { proxyFor: ChooseProxy }
/** @param onConnected is told of each connection whether it ended in our own network */
type ConnectorFor = (
  discovered: Discovered | undefined,
  onConnected?: (isInside: boolean) => void,
) => buildConnector.connector

function connectors(around: Surroundings, tunneling: Tunneling | undefined): ConnectorFor {
  return (discovered, onConnected = () => {}) => {
    const mayLeadInside = !discovered || discovered.fromInside
    const direct = directConnector(mayLeadInside, around, onConnected)
    if (!tunneling) return direct
    return (options, callback) => {
      const proxy = tunneling.proxyFor(targetOf(options))
      if (!proxy) return direct(options, callback)
      // The proxy resolves names, so that a host can be judged by its text alone.
      const isInside = isInsideByText(options.hostname, around.isInside)
      if (isInside && !mayLeadInside) return callback(leadsInside(options.hostname, 'by its text'), null)
      tunneling.connect(proxy, options, (...[error, socket]) => {
        if (error) return callback(error, null)
        onConnected(isInside)
        callback(null, socket)
      })
    }
  }
}

function directConnector(
  mayLeadInside: boolean,
  around: Surroundings,
  onConnected: (isInside: boolean) => void,
): buildConnector.connector {
  const connect = mayLeadInside ? buildConnector({ lookup: lookupBy(around.resolve) }) : outsideConnector(around)
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null)
      // What is connected already, and not what the name may say a moment later.
      onConnected(socket.remoteAddress !== undefined && isInsideAddress(socket.remoteAddress, around.isInside))
      callback(null, socket)
    })
}

/** Connects to an address that was judged, and asks for it no second time: a name may have another one by then. */
function outsideConnector(around: Surroundings): buildConnector.connector {
  const judge: Resolve = host => outsideAddresses(host, around)
  const connect = buildConnector({ lookup: lookupBy(judge) })
  return (options, callback) => {
    // An address is looked up by nobody.
    if (isIP(options.hostname) === 0) return connect(options, callback)
    judge(options.hostname).then(
      () => connect(options, callback),
      error => callback(error, null),
    )
  }
}

/** The addresses of a host that metadata from outside may lead to. */
async function outsideAddresses(host: string, around: Surroundings): Promise<readonly LookupAddress[]> {
  const addresses = await around.resolve(host)
  const outside = outsideOnly(addresses, around.isInside)
  if (outside.length > 0) return outside
  throw leadsInside(host, addresses.map(({ address }) => address).join(', '))
}

const leadsInside = (host: string, places: string): OutboundError =>
  new OutboundError(
    'provider_unreachable',
    `${host} is inside our own network (${places}), where metadata may lead only if they came from there themselves`,
  )

const lookupBy =
  (addressesOf: Resolve): LookupFunction =>
  (host, { all }, done) => {
    addressesOf(host).then(
      addresses => (all ? done(null, [...addresses]) : done(null, addresses[0]?.address ?? '', addresses[0]?.family)),
      error => done(error, ''),
    )
  }
