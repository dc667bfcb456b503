import { type ClientRequest, type IncomingMessage, request as requestByHttp } from 'node:http'
import { request as requestByHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { ProxyServer } from '../http/proxies.js'
import type { Deadline } from './deadline.js'
import { HttpClientError, reasonOf } from './errors.js'
import type { Target } from './proxies.js'

/** Shorter than the timeout of a call, so that the log can name the proxy. */
const TUNNEL_TIMEOUT_MS = 8_000

/**
 * Connections through a proxy (RFC 9110, 9.3.6). undici's ProxyAgent is not used: it reconnects to a proxy that closes
 * its connections without end, waits five minutes for a silent proxy, and does not say whether proxy or provider
 * failed.
 */
export interface Tunnels {
  /** Connects to a target; if it is https, TLS reaches up to the target itself. */
  connect(proxy: ProxyServer, options: buildConnector.Options, callback: buildConnector.Callback): void
  /** Ends the requests that are not connected yet. */
  destroy(): void
}

export function createTunnels(deadline: Deadline): Tunnels {
  const opening = new Set<ClientRequest>()
  const connectByTls = buildConnector({})

  return {
    connect(proxy, options, callback) {
      const fail = (socket: Socket, error: Error) => {
        socket.destroy()
        callback(unreachable(`${reasonOf(error)}, through ${describeProxy(proxy)}`), null)
      }
      openTunnel(proxy, hostAndPort(targetOf(options)), { opening, deadline }).then(
        socket => {
          if (options.protocol !== 'https:') return callback(null, socket)
          connectByTls({ ...options, httpSocket: socket }, (...[error, secured]) =>
            error ? fail(socket, error) : callback(null, secured),
          )
        },
        error => callback(error, null),
      )
    },
    destroy() {
      for (const request of opening) request.destroy()
    },
  }
}

/** The target of a connection of undici. */
export const targetOf = ({ protocol, hostname, port }: buildConnector.Options): Target => ({
  protocol,
  hostname,
  port: Number(port) || (protocol === 'https:' ? 443 : 80),
})

interface TunnelContext {
  opening: Set<ClientRequest>
  deadline: Deadline
}

function openTunnel(proxy: ProxyServer, target: string, { opening, deadline }: TunnelContext): Promise<Socket> {
  const request = requestTunnel(proxy, target)
  const slow = new HttpClientError(
    'provider_slow',
    `${describeProxy(proxy)} did not answer to CONNECT ${target} in time`,
  )
  const clear = deadline(TUNNEL_TIMEOUT_MS, () => request.destroy(slow))
  let isConnected = false
  opening.add(request)

  return new Promise<Socket>((resolve, reject) => {
    request.once('socket', socket => {
      socket.once(proxy.tls ? 'secureConnect' : 'connect', () => {
        isConnected = true
      })
    })
    request.once('error', error => reject(error === slow ? slow : proxyError(proxy, isConnected, error)))
    request.once('connect', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      // An error without a listener would end the process.
      socket.on('error', () => {})
      const rejection = errorOfStatus(proxy, target, response.statusCode ?? 0)
      if (rejection) {
        socket.destroy()
        return reject(rejection)
      }
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
  }).finally(() => {
    clear()
    opening.delete(request)
  })
}

/** The proxy gets only the target, and its own user and password. */
function requestTunnel(proxy: ProxyServer, target: string): ClientRequest {
  const { authorization, host, port, tls } = proxy
  const request = tls ? requestByHttps : requestByHttp
  const headers = { Host: target, ...(authorization !== undefined && { 'Proxy-Authorization': authorization }) }
  // Otherwise Node checks the certificate of the proxy for the name in the Host header, which is the provider's.
  const servername = isIP(host) === 0 ? host : ''
  // A separate connection, because the tunnel cannot be used for anything else.
  const options = { host, port, headers, servername, method: 'CONNECT', path: target, agent: false }
  return request(options).end()
}

function errorOfStatus(proxy: ProxyServer, target: string, status: number): HttpClientError | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status !== 407) return unreachable(`${describeProxy(proxy)} answered to CONNECT ${target} with status ${status}`)
  return unreachable(
    proxy.authorization === undefined
      ? `${describeProxy(proxy)} wants a user and a password (407): write them into ${proxy.variable}, before the host, with an @ behind them`
      : `${describeProxy(proxy)} does not take the user and password in ${proxy.variable} (407)`,
  )
}

function proxyError(proxy: ProxyServer, isConnected: boolean, error: Error): HttpClientError {
  const reason = reasonOf(error)
  // Codes that begin with HPE_ are those of Node's HTTP parser.
  const whenConnected = reason.startsWith('HPE_') ? 'did not answer in HTTP' : 'broke off the connection'
  return unreachable(`${describeProxy(proxy)} ${isConnected ? whenConnected : 'could not be reached'}: ${reason}`)
}

const unreachable = (message: string): HttpClientError => new HttpClientError('provider_unreachable', message)

const describeProxy = ({ variable, host, port }: ProxyServer): string =>
  `the proxy ${hostAndPort({ hostname: host, port })} (${variable})`

const hostAndPort = ({ hostname, port }: Pick<Target, 'hostname' | 'port'>): string =>
  `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
