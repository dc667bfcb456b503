import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'

const fileOf = (name: string) => fileURLToPath(new URL(`../../../test/fixtures/tls/${name}.pem`, import.meta.url))

/** The private CA that signed them; no system trusts it. Made by openssl for the tests, with a key that was thrown away. */
export const CA_FILE = fileOf('ca')

/** `op` is for op.example, `op-expired` too but over since 2020, `proxy` is for 127.0.0.1 and localhost. */
export const certificate = (name: 'op' | 'op-expired' | 'proxy') => ({
  cert: readFileSync(fileOf(name)),
  key: readFileSync(fileOf(`${name.replace('-expired', '')}.key`)),
})

/** A port of this machine where TLS ends in front of another one. */
export async function startTlsFront(name: Parameters<typeof certificate>[0], port: number) {
  const sockets = new Set<Socket>()
  const server = createServer(certificate(name), client => {
    const inner = connect(port, '127.0.0.1')
    for (const socket of [client, inner]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    }
    client.pipe(inner).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
