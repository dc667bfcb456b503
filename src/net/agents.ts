import { ADDRCONFIG, type LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { Deadline } from './deadline.js'
import { HttpClientError } from './errors.js'
import { type IsPrivateHost, isPrivateAddress, isPrivateByText, publicOnly } from './private-network.js'
import { type ChooseProxy, createProxyChoice, type Proxies } from './proxies.js'
import { createTunnels, type Tunnels, targetOf } from './tunnel.js'

/** All addresses of a name; of an address, that one. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>

/** The source of a URL that a provider's metadata named. */
export interface Discovered {
  /** The issuer, or another key for the source of the metadata. Each key has its own connections. */
  by: string
  /** Whether the metadata came from a private network: only then they may name URLs there. */
  fromPrivateNetwork: boolean
}

export interface AgentOptions {
  isPrivateHost: IsPrivateHost
  lookup: Lookup
  /** For each origin. */
  connections: number
  proxies: Proxies | undefined
  deadline: Deadline
}

/** What carries requests: one pool for where the settings lead, and one for each issuer's discovery. */
export interface Agents {
  agentFor(discovered: Discovered | undefined): Agent
  /** Connections for one call alone, so that it is known where it ended. */
  forSingleCall(discovered: Discovered | undefined): SingleCall
  /** Ends all connections, and those that are requested later. */
  destroy(): Promise<void>
}

export interface SingleCall {
  agent: Agent
  /** Whether all connections of the call ended in a private network. */
  endedInPrivateNetwork(): boolean
  close(): void
}

export function createAgents(agentOptions: AgentOptions): Agents {
  const { connections, lookup } = agentOptions
  const tunneling = agentOptions.proxies && {
    proxyFor: createProxyChoice(agentOptions.proxies),
    ...createTunnels(agentOptions.deadline),
  }
  const connectorFor = connectors(agentOptions, tunneling)
  const connect = tunneling ? connectorFor(undefined) : { lookup: lookupBy(lookup) }
  const defaultAgent = new Agent({ connections, connect })
  // Apart from each other: a connection that one issuer may have would else be used for another's endpoint.
  const agentsByIssuer = new Map<string, Agent>()
  const singleCallAgents = new Set<Agent>()
  let isDestroyed = false

  return {
    agentFor(discovered) {
      if (discovered === undefined || isDestroyed) return defaultAgent
      const key = `${discovered.fromPrivateNetwork} ${discovered.by}`
      const agent = agentsByIssuer.get(key) ?? new Agent({ connections, connect: connectorFor(discovered) })
      agentsByIssuer.set(key, agent)
      return agent
    },

    forSingleCall(discovered) {
      const privateConnections: boolean[] = []
      const agent = new Agent({
        connections: 1,
        connect: connectorFor(discovered, isPrivate => privateConnections.push(isPrivate)),
      })
      const close = () => {
        singleCallAgents.delete(agent)
        void agent.destroy()
      }
      singleCallAgents.add(agent)
      if (isDestroyed) close()
      return {
        agent,
        endedInPrivateNetwork: () => privateConnections.length > 0 && privateConnections.every(Boolean),
        close,
      }
    },

    async destroy() {
      isDestroyed = true
      tunneling?.destroy()
      await Promise.all([defaultAgent, ...agentsByIssuer.values(), ...singleCallAgents].map(agent => agent.destroy()))
    },
  }
}

/** As `net.connect` asks by itself. */
export const systemLookup: Lookup = host => lookup(host, { all: true, hints: ADDRCONFIG })

type Tunneling = Tunnels & { proxyFor: ChooseProxy }
/** @param onConnected is called for each connection, with whether it ended in a private network */
type ConnectorFor = (
  discovered: Discovered | undefined,
  onConnected?: (isPrivate: boolean) => void,
) => buildConnector.connector

function connectors(agentOptions: AgentOptions, tunneling: Tunneling | undefined): ConnectorFor {
  return (discovered, onConnected = () => {}) => {
    const allowPrivate = !discovered || discovered.fromPrivateNetwork
    const direct = directConnector(allowPrivate, agentOptions, onConnected)
    if (!tunneling) return direct
    return (options, callback) => {
      const proxy = tunneling.proxyFor(targetOf(options))
      if (!proxy) return direct(options, callback)
      // The proxy resolves names, so only the text of a host can be checked.
      const isPrivate = isPrivateByText(options.hostname, agentOptions.isPrivateHost)
      if (isPrivate && !allowPrivate) return callback(privateNetworkError(options.hostname, 'by its text'), null)
      tunneling.connect(proxy, options, (...[error, socket]) => {
        if (error) return callback(error, null)
        onConnected(isPrivate)
        callback(null, socket)
      })
    }
  }
}

function directConnector(
  allowPrivate: boolean,
  agentOptions: AgentOptions,
  onConnected: (isPrivate: boolean) => void,
): buildConnector.connector {
  const connect = allowPrivate
    ? buildConnector({ lookup: lookupBy(agentOptions.lookup) })
    : publicConnector(agentOptions)
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null)
      // The address of this connection counts, and not a later lookup of the name.
      onConnected(
        socket.remoteAddress !== undefined && isPrivateAddress(socket.remoteAddress, agentOptions.isPrivateHost),
      )
      callback(null, socket)
    })
}

/** Connects to an address that was checked, without a second lookup: the name could have another address by then. */
function publicConnector(agentOptions: AgentOptions): buildConnector.connector {
  const lookupAllowed: Lookup = host => allowedAddresses(host, agentOptions)
  const connect = buildConnector({ lookup: lookupBy(lookupAllowed) })
  return (options, callback) => {
    // undici does not call the lookup for an address.
    if (isIP(options.hostname) === 0) return connect(options, callback)
    lookupAllowed(options.hostname).then(
      () => connect(options, callback),
      error => callback(error, null),
    )
  }
}

/** The addresses of a host that metadata from outside may lead to. */
async function allowedAddresses(host: string, agentOptions: AgentOptions): Promise<readonly LookupAddress[]> {
  const addresses = await agentOptions.lookup(host)
  const allowed = publicOnly(addresses, agentOptions.isPrivateHost)
  if (allowed.length > 0) return allowed
  throw privateNetworkError(host, addresses.map(({ address }) => address).join(', '))
}

const privateNetworkError = (host: string, addresses: string): HttpClientError =>
  new HttpClientError(
    'provider_unreachable',
    `${host} is inside our own network (${addresses}), where metadata may lead only if they came from there themselves`,
  )

const lookupBy =
  (addressesOf: Lookup): LookupFunction =>
  (host, { all }, done) => {
    addressesOf(host).then(
      addresses => (all ? done(null, [...addresses]) : done(null, addresses[0]?.address ?? '', addresses[0]?.family)),
      error => done(error, ''),
    )
  }
