import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { HttpResponse } from '../../src/http/types.js'
import { type Metadata, readMetadata } from '../../src/oauth/discovery.js'
import { anyJson, jsonTextOf, mostly, nasty } from './inputs.js'
import { outcomeOf } from './outcome.js'
import { property } from './property.js'

const ISSUER = 'https://op.example/tenant'

const url = mostly(
  fc.oneof(
    { arbitrary: fc.constantFrom('https://op.example/a', 'https://api.example:8443/a?b=c'), weight: 6 },
    nasty('https://', 'http://', 'op.example', '127.0.0.1', '[::1]', 'localhost', '@', ':', '#', '?'),
    fc.webUrl({ validSchemes: ['https', 'http'], withFragments: true, withQueryParameters: true }),
    fc.ipV4().map(ip => `https://${ip}/`),
    fc.ipV6().map(ip => `https://[${ip}]/`),
  ),
)
const list = mostly(fc.array(fc.constantFrom('RS256', 'ES256', 'none', 'HS256', 'query', 'S256'), { maxLength: 5 }))
const metadata = fc.record(
  {
    issuer: fc.oneof({ arbitrary: fc.constant(ISSUER), weight: 8 }, nasty(ISSUER, '/'), anyJson),
    ...{ authorization_endpoint: url, token_endpoint: url, jwks_uri: url },
    ...{ userinfo_endpoint: url, revocation_endpoint: url, end_session_endpoint: url },
    ...{ id_token_signing_alg_values_supported: list, response_modes_supported: list },
    ...{ code_challenge_methods_supported: list, token_endpoint_auth_methods_supported: list },
    authorization_response_iss_parameter_supported: mostly(fc.boolean()),
  },
  { requiredKeys: ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'] },
)
const responses: fc.Arbitrary<HttpResponse> = fc.record({
  status: fc.oneof({ arbitrary: fc.constant(200), weight: 6 }, fc.constantFrom(204, 302, 404, 500)),
  mediaType: fc.oneof({ arbitrary: fc.constant('application/json'), weight: 6 }, nasty('text/html')),
  body: fc.oneof({ arbitrary: jsonTextOf(metadata), weight: 8 }, nasty('{"issuer":')),
})

/** Whatever a provider says of itself. */
export const discovery = property(
  'metadata are of the issuer asked for, and lead nowhere but to https outside, or an error of ours',
  responses,
  response => {
    const { value } = outcomeOf(() => readMetadata(response, ISSUER), ['provider_error', 'provider_malformed'])
    if (value === undefined) return
    assert.equal(value.issuer, ISSUER)
    assert.equal(typeof value.authorizationResponseIss, 'boolean')
    for (const endpoint of endpointsOf(value)) assertOutside(endpoint)
  },
)

const endpointsOf = (metadata: Metadata): string[] => [
  ...[metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.jwksUri],
  ...[metadata.userinfoEndpoint, metadata.revocationEndpoint, metadata.endSessionEndpoint].filter(
    (endpoint): endpoint is string => endpoint !== undefined,
  ),
]

function assertOutside(endpoint: string): void {
  const { protocol, username, password, hostname } = new URL(endpoint)
  assert.deepEqual([protocol, username, password], ['https:', '', ''])
  assert.doesNotMatch(endpoint, /[#\s\\]/)
  assert.doesNotMatch(
    hostname,
    /^(?:127|10|192\.168|169\.254)\.|^\[(?:::1?|f[cde][\da-f]{2}:.*)\]$|(?:^|\.)localhost\.?$/,
  )
}
