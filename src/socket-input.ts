import type { Socket } from 'node:net'

const PIECE_BYTES = 1_024

/**
 * Hands what a client sends to Node's HTTP parser in small pieces. By itself Node parses up to 64 kB at a time and makes
 * a request of every 30 bytes of it, two thousand in all, before any code of ours can cut the client off.
 */
export function parseInPieces(socket: Socket): void {
  const listeners = socket.listeners('data')
  socket.removeAllListeners('data')

  let rest: Buffer = Buffer.alloc(0)
  const parse = () => {
    // Node pauses the socket, and its parser with it, while the client does not read its responses.
    while (rest.length > 0 && !socket.destroyed && !socket.isPaused()) {
      const piece = rest.subarray(0, PIECE_BYTES)
      rest = rest.subarray(PIECE_BYTES)
      for (const listener of listeners) Reflect.apply(listener, socket, [piece])
    }
  }
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    parse()
  })
  socket.on('resume', parse)
}
