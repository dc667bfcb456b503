import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendFollowingRedirect } from '../../../src/accounts/protocols/discovery.js'
import type { HttpRequest, HttpResponse } from '../../../src/http/types.js'
import { ProtocolError } from '../../../src/oauth/errors.js'
import { aResponse } from '../../oauth/samples.js'

const REQUESTED_URL = 'https://op.example/tenant/metadata?key=hidden'
const SLASH = 'https://op.example/tenant/metadata/'

const redirect = (location: string | undefined, status = 301): HttpResponse =>
  aResponse('', { status, headers: new Map(location === undefined ? [] : [['location', location]]) })

/** Sends one request to a provider that responds by URL, and returns what was sent. */
async function request(responses: Record<string, HttpResponse>, more: Partial<HttpRequest> = {}) {
  const sent: HttpRequest[] = []
  const asked = { method: 'GET', url: REQUESTED_URL, headers: { Accept: 'application/json' }, ...more } as const
  const send = async (outbound: HttpRequest) => {
    sent.push(outbound)
    return responses[outbound.url] ?? aResponse('', { status: 404 })
  }
  const settled = await sendFollowingRedirect(send, asked).catch((error: unknown) => error)
  return { sent, settled }
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`P8 a redirect with ${status} on the same origin is followed once, with the same headers`, async () => {
    for (const location of [SLASH, '/tenant/metadata/', '//op.example/tenant/metadata/', 'metadata/', `${SLASH}#top`]) {
      const { sent, settled } = await request({
        [REQUESTED_URL]: redirect(location, status),
        [SLASH]: aResponse({ ok: true }),
      })
      assert.deepEqual(settled, aResponse({ ok: true }), location)
      assert.deepEqual(sent.slice(1), [{ method: 'GET', url: SLASH, headers: { Accept: 'application/json' } }])
    }
  })
}

test('P8 the target keeps its query, and is judged by the network rule of the URL that was requested', async () => {
  const target = `${SLASH}?p=policy`
  const responses = { [REQUESTED_URL]: redirect('metadata/?p=policy'), [target]: aResponse({}) }
  const discovered = { by: 'https://op.example/tenant', fromPrivateNetwork: false }
  const { sent } = await request(responses, { discovered })
  assert.deepEqual(
    sent.map(each => [each.url, each.discovered]),
    [
      [REQUESTED_URL, discovered],
      [target, discovered],
    ],
  )
})

const REFUSED: readonly [what: string, location: string | undefined, message: string][] = [
  [
    'to another host',
    'https://evil.example/x?code=s3cret',
    ' to https://evil.example/x, and only a redirect on the same origin',
  ],
  ['to another host without a scheme', '//evil.example/x', ' to https://evil.example/x, and only a redirect on'],
  [
    'to another port',
    'https://op.example:8443/x',
    ' to https://op.example:8443/x, and only a redirect on the same origin',
  ],
  ['to http', 'http://op.example/tenant/metadata/', ' to http://op.example/tenant/metadata/, and only a redirect on'],
  [
    'to credentials',
    'https://s3cret:s3cret@op.example/x',
    ' to https://op.example/x, and the target holds credentials',
  ],
  ['to a user name', 'https://s3cret@op.example/x', ' to https://op.example/x, and the target holds credentials'],
  ['to a script', 'javascript:alert(1)', 'and only a redirect on the same origin is followed'],
  ['without a Location', undefined, ', without a Location header'],
  ['to nothing', '', ', without a Location header'],
  ['to backslashes', '\\\\evil.example\\x', ', and its Location header is not a URL'],
  ['to two URLs', 'https://op.example/a, https://op.example/b', ', and its Location header is not a URL'],
  ['to no URL', 'https://[', ', and its Location header is not a URL'],
  ['to other characters', 'https://op.example/caf\u00e9', ', and its Location header is not a URL'],
  ['to a URL that is too long', `/${'x'.repeat(3_000)}`, ', and its Location header is not a URL'],
]
for (const [what, location, message] of REFUSED) {
  test(`P8 a redirect ${what} is refused, with the URL that was requested and the target, without queries`, async () => {
    const { sent, settled } = await request({ [REQUESTED_URL]: redirect(location, 302) })
    assert.ok(settled instanceof ProtocolError)
    assert.deepEqual([settled.code, settled.status, sent.length], ['provider_malformed', 302, 1])
    const start = 'GET https://op.example/tenant/metadata was answered with a redirect (302)'
    assert.ok(settled.message.startsWith(start), settled.message)
    assert.ok(settled.message.includes(message), settled.message)
    assert.doesNotMatch(settled.message, /s3cret|hidden|\?/)
    assert.ok(settled.message.length < 600)
  })
}

test('P8 a second redirect is refused, with both URLs', async () => {
  const { sent, settled } = await request({ [REQUESTED_URL]: redirect(SLASH), [SLASH]: redirect('/third', 308) })
  assert.ok(settled instanceof ProtocolError)
  assert.equal(
    settled.message,
    `GET ${SLASH} was answered with a redirect (308) to https://op.example/third, and only one redirect is followed`,
  )
  assert.equal(sent.length, 2)
})

test('P8 a redirect to itself ends at the second response', async () => {
  const { sent } = await request({ [REQUESTED_URL]: redirect(REQUESTED_URL) })
  assert.equal(sent.length, 2)
})

test('P8 other statuses are handed on, whatever their headers say', async () => {
  for (const status of [200, 201, 300, 304, 305, 306, 404, 500]) {
    const { sent, settled } = await request({ [REQUESTED_URL]: redirect(SLASH, status) })
    assert.deepEqual([sent.length, settled], [1, redirect(SLASH, status)])
  }
})

test('A7 P8 the target of redirected metadata is in our own network only if the redirect came from there', async () => {
  for (const fromPrivateNetwork of [true, false, undefined]) {
    const first = { ...redirect(SLASH), ...(fromPrivateNetwork !== undefined && { fromPrivateNetwork }) }
    const { sent } = await request({ [REQUESTED_URL]: first, [SLASH]: aResponse({}) }, { forMetadata: true })
    assert.deepEqual(sent[1]?.discovered, { by: REQUESTED_URL, fromPrivateNetwork: fromPrivateNetwork === true })
  }
})
