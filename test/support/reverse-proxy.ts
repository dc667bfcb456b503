import { once } from 'node:events'
import { request as forward } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect as connectPlainly } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { Agent } from 'undici'

// TLS by a key that both sides know: real, and without a certificate that would have to be made.
const TLS = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
const KEY = Buffer.alloc(32, 1)

export interface ReverseProxy {
  /** Takes what is meant for the public host to the proxy, and everything else where it belongs. */
  dispatcher: Agent
  stop(): Promise<void>
}

interface Options {
  publicHost: string
  /** Where the app listens. */
  target: string
  /** Only this path and what is below it is the app's; the rest of the host belongs to another app. */
  path: string
  /** Whom the proxy sees at the other end. */
  client: string
}

/** A reverse proxy as in front of most apps: it ends TLS, routes by path, and appends whom it heard from. */
export async function startReverseProxy({ publicHost, target, path, client }: Options): Promise<ReverseProxy> {
  const server = createServer({ ...TLS, pskCallback: () => KEY }, (incoming, outgoing) => {
    if (incoming.url !== path && !incoming.url?.startsWith(`${path}/`)) return void outgoing.end('another app')
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': [incoming.headers['x-forwarded-for'] ?? [], client].flat().join(', '),
      'x-forwarded-proto': 'https',
    }
    const passed = forward(new URL(incoming.url, target), { method: incoming.method, headers }, response => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(outgoing)
    })
    incoming.pipe(passed)
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const dispatcher = new Agent({
    connect({ hostname, port: asked }, done) {
      const isPublic = hostname === publicHost
      const socket = isPublic
        ? connectSecurely({
            ...TLS,
            port,
            pskCallback: () => ({ psk: KEY, identity: 'test' }),
            checkServerIdentity: () => undefined,
          })
        : connectPlainly(Number(asked), hostname)
      socket.once(isPublic ? 'secureConnect' : 'connect', () => done(null, socket))
      socket.once('error', error => done(error, null))
    },
  })
  return {
    dispatcher,
    async stop() {
      await dispatcher.close()
      server.close()
      server.closeAllConnections()
    },
  }
}
