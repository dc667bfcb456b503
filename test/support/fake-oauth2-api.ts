// What a person's token opens at a plain provider.
import { pipeline, Readable } from 'node:stream'
import { type FakeHandler, json, type ReceivedRequest } from './fake-provider.js'

export const LARGE_BYTES = 5 * 1024 * 1024

/** Everything below /api/; without a good token each says 401, as RFC 6750, 3 has it. */
export function fakeApi<Person>(personAt: (seen: ReceivedRequest) => Person | undefined, origin: string) {
  const open =
    (reply: (person: Person) => FakeHandler): FakeHandler =>
    (seen, response) => {
      const person = personAt(seen)
      if (person !== undefined) return reply(person)(seen, response)
      response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"')
      return json({ message: 'Bad credentials' }, 401)(seen, response)
    }
  return {
    '/api/things': open(of => json({ things: ['a lamp', 'a chair'], of })),
    '/api/large': open(() => pourBytes),
    '/api/echo': open(() => echo),
    '/api/redirect': open(() => (_, response) => {
      // The same machine by another name: what follows brings its token here, where it is seen.
      const location = origin.replace('127.0.0.1', 'localhost')
      response.writeHead(302, { Location: `${location}/api/elsewhere` }).end()
    }),
    '/api/elsewhere': json({ message: 'Nobody should have come here' }),
  } satisfies Record<string, FakeHandler>
}

const echo: FakeHandler = (seen, response) => {
  const { method, path, query, headers, body } = seen
  return json({ method, path, query: Object.fromEntries(query), headers, body })(seen, response)
}

/** No faster than it is read, and no length said before. */
const pourBytes: FakeHandler = (_, response) => {
  const piece = Buffer.alloc(64 * 1024, 'x')
  const pieces = function* () {
    for (let sent = 0; sent < LARGE_BYTES; sent += piece.length) yield piece
  }
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
  // The callback has nothing to do: who has read enough may leave.
  pipeline(Readable.from(pieces()), response, () => {})
}
