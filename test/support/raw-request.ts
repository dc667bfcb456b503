import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sends these very lines, as no client would, and returns the whole answer as text. */
export async function sendRaw(origin: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname)
  // Not end: a server may drop the answer to a connection that is half closed.
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n'))
  return text(socket)
}

/** A header of a raw answer. */
export function rawHeader(response: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(response)?.[1]
}
