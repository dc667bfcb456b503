import assert from 'node:assert/strict'
import fc from 'fast-check'
import { buildApiRequest } from '../../src/accounts/provider-api/request.js'
import { damaged, nasty } from './inputs.js'
import { property } from './property.js'

const BASE = 'https://api.example.org/v3/'
const PIECES = [
  ...['/', '//', '\\', '.', '..', '%2e', '%2E', '%2f', '%5c', '%00', '?', '#', ':', '@', ';', '\t', '\n', '\r\n', ' '],
  ...[
    'https:',
    'http://',
    'javascript:',
    'blob:',
    'api.example.org',
    'evil.example',
    ':8443',
    'user',
    '\u3002',
    '\uff0f',
  ],
  ...[
    'https://api.example.org',
    'https://api.example.org/',
    'https://api.example.org@',
    'HTTPS://API.EXAMPLE.ORG:443/',
  ],
]
const paths = fc.oneof(
  { arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map(list => list.join('')), weight: 5 },
  { arbitrary: damaged(fc.constantFrom('/user/emails', `${BASE}user?page=2`, 'https://api.example.org/x')), weight: 3 },
  { arbitrary: nasty(...PIECES), weight: 1 },
)

const OURS = [
  ...['Authorization', 'Proxy-Authorization', 'Cookie', 'Host', 'Content-Length', 'Transfer-Encoding'],
  ...['Connection', 'Keep-Alive', 'TE', 'Trailer', 'Upgrade', 'Expect'],
]
const headerName = fc.oneof(
  { arbitrary: fc.constantFrom('Accept', 'accept', 'X-Trace', 'Content-Type'), weight: 4 },
  fc.constantFrom(...OURS, ...OURS.map(name => name.toLowerCase())),
  damaged(fc.constantFrom(...OURS)),
  nasty('X-A', ': '),
)
const headers = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  fc.dictionary(headerName, nasty('text/csv', '\r\nCookie: a=b', 'chunked'), { maxKeys: 4 }),
)
const bodies = fc.constantFrom({}, { json: { a: 1 } }, { form: { a: 'b&c=d' } })

/** Whatever a route asks of a provider's API in a person's name: paths are often made of somebody's input. */
export const apiCalls = property(
  'an API call leads to the host of the API, with one of each header and none of ours, or is refused',
  fc.tuple(paths, headers, bodies),
  ([path, given, body]) => {
    const request = attempt(() => buildApiRequest(BASE, 'POST', path, { headers: given, ...body }))
    if (!request) return
    const { origin, pathname, username, password, href } = new URL(request.url)
    assert.deepEqual([origin, username, password, href], ['https://api.example.org', '', '', request.url])
    // An absolute URL may lead beside the base, a path never does.
    if (!/^https:/i.test(path)) assert.ok(pathname.startsWith('/v3/'), request.url)
    assert.ok(!pathname.split('/').some(step => /^(\.|%2e){1,2}$/i.test(step)), request.url)
    assertHeaders(request.headers, given)
  },
)

/** A fault of the code that asks is no error of ours, and says so; it quotes no more than the name of a header. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    assert.ok(error instanceof Error && error.constructor === Error && !('code' in error), String(error))
    assert.match(error.message, /^(The API at https:\/\/api\.example\.org\/v3\/ is not called|The header )/)
    return undefined
  }
}

/** As they go out: `fetch` judges names and values, and trims them. */
function assertHeaders(message: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): void {
  // Whoever names one twice gets it twice; nobody else does.
  assert.ok(
    twice(message).every(name => twice(given).includes(name)),
    'A header stands there twice',
  )
  let sent: Headers
  try {
    sent = new Headers(message)
  } catch {
    return // and so would the call
  }
  for (const name of OURS) assert.ok(!sent.has(name), name)
  for (const [, value] of sent) assert.doesNotMatch(value, /[\r\n\0]/)
}

function twice(headers: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(headers).map(name => name.toLowerCase())
  return names.filter((name, at) => names.indexOf(name) !== at)
}
