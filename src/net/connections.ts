import { ADDRCONFIG, type LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { OutboundError } from './errors.js'

/** All addresses of a name; of an address, that one. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

export interface Surroundings {
  /** Whether a host, as the URL parser spells it, is this machine or one of its own network. */
  isInside: (host: string) => boolean
  resolve: Resolve
  /** For each origin. */
  connections: number
}

/** What carries requests: one pool for where the settings lead, and one for each issuer's discovery. */
export interface Connections {
  agentFor(discoveredBy: string | undefined): Agent
  /** Ends them all, and whatever is asked for after it. */
  destroy(): Promise<void>
}

export function createConnections(around: Surroundings): Connections {
  const { connections, resolve } = around
  const free = new Agent({ connections, connect: { lookup: lookupBy(resolve) } })
  // Apart from each other: a connection that one issuer may have would else be used for another's endpoint.
  const led = new Map<string, Agent>()
  let over = false

  return {
    agentFor(issuer) {
      if (issuer === undefined || over) return free
      const agent = led.get(issuer) ?? new Agent({ connections, connect: connectorFor(issuer, around) })
      led.set(issuer, agent)
      return agent
    },
    async destroy() {
      over = true
      await Promise.all([free, ...led.values()].map(agent => agent.destroy()))
    },
  }
}

/** As `net.connect` asks by itself. */
export const bySystem: Resolve = host => lookup(host, { all: true, hints: ADDRCONFIG })

/** Connects to an address that was judged, and asks for it no second time: a name may have another one by then. */
function connectorFor(issuer: string, around: Surroundings): buildConnector.connector {
  const judge: Resolve = host => admitted(host, issuer, around)
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

/** The addresses of a host that discovery may lead to: those outside, or any if the issuer itself is inside. */
async function admitted(host: string, issuer: string, around: Surroundings): Promise<readonly LookupAddress[]> {
  const addresses = await around.resolve(host)
  const outside = addresses.filter(address => !isAtInside(address, around))
  if (outside.length > 0) return outside
  if (await isInside(issuer, around)) return addresses
  const places = addresses.map(({ address }) => address).join(', ')
  throw new OutboundError(
    'provider_unreachable',
    `${host} is inside our own network (${places}), where discovery may lead only if the issuer is there too`,
  )
}

async function isInside(issuer: string, around: Surroundings): Promise<boolean> {
  const addresses = await around.resolve(new URL(issuer).hostname.replace(/^\[|\]$/g, ''))
  return addresses.every(address => isAtInside(address, around))
}

const isAtInside = ({ address, family }: LookupAddress, around: Surroundings): boolean =>
  around.isInside(family === 6 ? new URL(`http://[${address.replace(/%.*/, '')}]`).hostname : address)

const lookupBy =
  (addressesOf: Resolve): LookupFunction =>
  (host, { all }, done) => {
    addressesOf(host).then(
      addresses => (all ? done(null, [...addresses]) : done(null, addresses[0]?.address ?? '', addresses[0]?.family)),
      error => done(error, ''),
    )
  }
