import { ADDRCONFIG, type LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP, isIPv6, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { ipv4Bytes, ipv6Words, MAPPED_PREFIX, startsWith } from '../http/private-host.js'
import type { Proxies } from '../http/proxies.js'
import type { Discovered } from '../http/types.js'
import type { Deadline } from './deadline.js'
import { HttpClientError } from './errors.js'
import { type ChooseProxy, createProxyChoice } from './proxies.js'
import { createTunnels, type Tunnels, targetOf } from './tunnel.js'

/** All addresses of a name; for an address, that address. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>

/** Whether a host, as the URL parser spells it, is this machine or in a private network. */
type IsPrivateHost = (host: string) => boolean

export interface AgentOptions {
  isPrivateHost: IsPrivateHost
  lookup: Lookup
  /** The connections to each origin. */
  connections: number
  proxies: Proxies | undefined
  deadline: Deadline
}

/** The agents that send requests: one for the URLs of the settings, and one for the URLs of each issuer's metadata. */
export interface Agents {
  agentFor(discovered: Discovered | undefined): Agent
  /** An agent for one call, so that it is known to which addresses this call connected. */
  forSingleCall(discovered: Discovered | undefined): SingleCall
  /** Ends all connections; later requests fail. */
  destroy(): Promise<void>
}

export interface SingleCall {
  agent: Agent
  /** Whether all connections of the call ended in a private network. */
  endedInPrivateNetwork(): boolean
  close(): void
}

export function createAgents(agentOptions: AgentOptions): Agents {
  const { connections, lookup, deadline, proxies } = agentOptions
  const tunneling = proxies && { proxyFor: createProxyChoice(proxies), ...createTunnels(deadline) }
  const connectorFor = connectors(agentOptions, tunneling)
  const connect = tunneling ? connectorFor(undefined) : { lookup: lookupBy(lookup) }
  const defaultAgent = new Agent({ connections, connect })
  // Otherwise a connection that the metadata of one issuer allow would be used for the endpoint of another issuer.
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

/** The lookup that `net.connect` does by itself. */
export const systemLookup: Lookup = host => lookup(host, { all: true, hints: ADDRCONFIG })

type Tunneling = Tunnels & { proxyFor: ChooseProxy }
/** @param onConnected is called for each connection, with true if it leads into a private network */
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
      // The proxy resolves names, so only the text of a host can be checked here.
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
      // The address of this connection counts, not a later lookup of the name.
      onConnected(
        socket.remoteAddress !== undefined && isPrivateAddress(socket.remoteAddress, agentOptions.isPrivateHost),
      )
      callback(null, socket)
    })
}

/** Connects to a checked address without a second lookup: by then the name could have another address. */
function publicConnector(agentOptions: AgentOptions): buildConnector.connector {
  const lookupAllowed: Lookup = host => allowedAddresses(host, agentOptions)
  const connect = buildConnector({ lookup: lookupBy(lookupAllowed) })
  return (options, callback) => {
    // undici calls the lookup only for names.
    if (isIP(options.hostname) === 0) return connect(options, callback)
    lookupAllowed(options.hostname).then(
      () => connect(options, callback),
      error => callback(error, null),
    )
  }
}

/** The addresses of a host that metadata from the internet may name. */
async function allowedAddresses(host: string, agentOptions: AgentOptions): Promise<readonly LookupAddress[]> {
  const addresses = await agentOptions.lookup(host)
  const allowed = addresses.filter(({ address }) => !isPrivateAddress(address, agentOptions.isPrivateHost))
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

/**
 * Whether an address is in a private network. A mapped address counts as the IPv4 address in it (RFC 4291, 2.5.5.2).
 */
export function isPrivateAddress(address: string, isPrivateHost: IsPrivateHost): boolean {
  const bare = address.replace(/%.*$/, '')
  return isPrivateHost(isIPv6(bare) ? unmapped(new URL(`http://[${bare}]`).hostname) : bare)
}

/** The same for a host by its text: nothing else is known of a name that only the proxy resolves. */
function isPrivateByText(host: string, isPrivateHost: IsPrivateHost): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return isIPv6(bare) ? isPrivateAddress(bare, isPrivateHost) : isPrivateHost(bare.toLowerCase())
}

function unmapped(host: string): string {
  const words = ipv6Words(host.slice(1, -1))
  return startsWith(words, MAPPED_PREFIX) ? ipv4Bytes(words.slice(6)).join('.') : host
}
