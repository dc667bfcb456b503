import { connect, type Socket } from 'node:net'

/** A connection to whoever listens at an origin. Being cut off is no error. */
export function dial(origin: string): Socket {
  const { hostname, port } = new URL(origin)
  return connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname).on('error', () => {})
}

/** The head of a request, with the empty line that ends it. */
export const head = (...lines: string[]): string => [...lines, 'Host: app.example', '', ''].join('\r\n')

/**
 * Sends the beginning, and then piece after piece, a byte or more every few milliseconds, for as long as it is let.
 * Resolves when the other side has closed the connection, with all that it said.
 */
export async function dripUntilCut(origin: string, beginning: string, piece = ''): Promise<string> {
  const socket = dial(origin)
  const message = collect(socket)
  socket.write(beginning)
  const drip = setInterval(() => piece && socket.writable && socket.write(piece), 5)
  await closed(socket)
  clearInterval(drip)
  return message()
}

/** Sends this and no more; resolves with the status of the answer as soon as it comes, NaN if none does. */
export async function statusOf(origin: string, ...pieces: (string | Buffer)[]): Promise<number> {
  const socket = dial(origin)
  const message = collect(socket)
  const responded = new Promise<void>(resolve => socket.once('data', () => resolve()))
  for (const piece of pieces) socket.write(piece)
  await Promise.race([responded, closed(socket)])
  socket.destroy()
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(message())?.[1])
}

/** Resolves when the connection is over, whichever way it went. */
export function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('close', () => resolve()))
}

/** All that a connection has said so far. */
export function collect(socket: Socket): () => string {
  const chunks: string[] = []
  socket.setEncoding('latin1').on('data', (chunk: string) => chunks.push(chunk))
  return () => chunks.join('')
}
