import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiUrl } from '../../src/accounts/provider-api/request.js'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import { openAttempts } from '../../src/accounts/sign-in/attempt.js'
import { describeUserAgent } from '../../src/accounts/users/user-agent.js'
import { quoted, quotedUrl } from '../../src/config/errors.js'
import { clientAddress } from '../../src/net/client-address.js'
import { readCallback, readState } from '../../src/oauth/authorize.js'
import { readMetadata } from '../../src/oauth/discovery.js'
import { readJwks } from '../../src/oauth/jwks.js'
import { readJwt } from '../../src/oauth/jwt.js'
import { readLogoutToken } from '../../src/oauth/logout-token.js'
import { signatureBaseString } from '../../src/oauth/oauth1/base-string.js'
import { readOAuth1Callback, readTokenCredentials } from '../../src/oauth/oauth1/flow.js'
import { cleanText } from '../../src/oauth/text.js'
import { readTokenResponse } from '../../src/oauth/token-response.js'
import { readSubject, readUserResponse } from '../../src/oauth/userinfo.js'
import { groupsAt, readGroups } from '../../src/providers/groups.js'
import { readEmail, readHttpsUrl, readLogin, readName } from '../../src/providers/profile.js'
import { createCookies } from '../../src/web/cookies.js'
import { isConfirmationText } from '../../src/web/present/delete-confirmation.js'
import { isPageNavigation } from '../../src/web/request-info.js'
import { issuesInProd } from '../config/parse-settings.js'
import { aForm } from '../oauth/oauth1/samples.js'
import { aResponse } from '../oauth/samples.js'
import { base64url } from '../oauth/signers.js'
import { contextWith } from './koa-context.js'
import { attemptSealer, flashSealer } from './sealed.js'

const paths = createReturnPaths({ publicUrl: 'https://app.example', basePath: '/x', homePath: '/', reserved: [] })
const jar = createCookies({ secure: false, prefix: 'vestibule', flashSealer })

/** Node hands over no header with these. */
const asHeader = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, 'x')

/** Most of what fits into a JWT. */
const short = (text: string) => text.slice(0, 10_000)

const API = 'https://api.example.org/v3/'
const logoutExpected = { issuer: 'https://op.example', clientId: 'a', typeRequired: false, now: 0 }
const emptyIdentity = {
  ...{ id: 'id', name: null, login: null, email: null, emailVerified: false, picture: null },
  ...{ disabledAt: null, createdAt: 0, updatedAt: 0 },
}

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'return path': text => paths.read(`/${text}`),
  'e-mail address': text => readEmail(`${text}@example.org`) ?? readEmail(text),
  'name and login': text => [readName(text), readLogin(text), cleanText(text, 1_000)],
  'URL of a picture': text => readHttpsUrl(`https://example.org/${text}`) ?? readHttpsUrl(text),
  subject: readSubject,
  'token answer': text => readTokenResponse(aResponse({ access_token: text, token_type: 'bearer', scope: text }), {}),
  'scope of a token answer': text =>
    readTokenResponse(aResponse({ access_token: 'a', token_type: 'bearer', scope: text }), {}),
  'form as a token answer': text =>
    readTokenResponse(aResponse(text, { mediaType: 'application/x-www-form-urlencoded' }), {}),
  'form as a token answer of no type': text => readTokenResponse(aResponse(`a=${text}`, { mediaType: '' }), {}),
  'JWT as a user answer': text => readUserResponse(aResponse(`eyJ${text}.a.b.c.${text}`)),
  'error of a token endpoint': text => readTokenResponse(aResponse({ error: text, error_description: text }), {}),
  'user answer': text => readUserResponse(aResponse({ id: '1'.repeat(20), [text]: text })),
  'user answer that is no JSON': text => readUserResponse(aResponse(`{"id":"${text}`)),
  'media type': text => readUserResponse(aResponse('{}', { mediaType: `application/${text}` })),
  callback: text => {
    const params = new URLSearchParams(`state=${text}&code=${text}`)
    return [readState(params), readCallback(params, {})]
  },
  'error of a callback': text => readCallback(new URLSearchParams({ error: text, error_description: text }), {}),
  JWT: readJwt,
  'header of a JWT': text => readJwt(`${base64url({ alg: 'ES256', kid: '', x: short(text) })}.e30.AAAA`),
  'payload of a JWT': text => readJwt(`${base64url({ alg: 'ES256' })}.${base64url({ [short(text)]: 1 })}.AAAA`),
  'payload of a JWT that is no JSON': text =>
    readJwt(`${base64url({ alg: 'ES256' })}.${base64url(`{"a":${short(text)}`)}.AAAA`),
  'set of keys': text =>
    readJwks(aResponse({ keys: [{ kty: 'RSA', n: text, e: text, kid: text }, { kty: text }, { [text]: text }] })),
  'issuer of metadata': text => readMetadata(aResponse({ issuer: text }), 'https://op.example'),
  'endpoint of metadata': text => {
    const issuer = 'https://op.example'
    return readMetadata(aResponse({ issuer, authorization_endpoint: `${issuer}/${short(text)}` }), issuer)
  },
  'form of OAuth 1.0a': text => readTokenCredentials(aForm(`oauth_token=${text}&oauth_token_secret=${text}`)),
  'form of OAuth 1.0a, as it is': text => readTokenCredentials(aForm(text)),
  'problem of OAuth 1.0a': text => readTokenCredentials(aForm({ oauth_problem: text, oauth_problem_advice: text })),
  'callback of OAuth 1.0a': text =>
    readOAuth1Callback(new URLSearchParams(`oauth_token=a&oauth_verifier=${text}`), 'a'),
  'base string of OAuth 1.0a': text =>
    signatureBaseString({ method: 'POST', url: `https://p.example/?${text}`, headers: {}, body: '' }, [[text, text]]),
  'X-Forwarded-For': text =>
    clientAddress({ peer: '10.0.0.1', forwardedFor: asHeader(text), trusted: address => address.startsWith('10.') }),
  'Accept and Sec-Fetch': text => {
    const header = asHeader(text)
    const names = ['accept', 'accept-language', 'sec-fetch-mode', 'sec-purpose', 'purpose', 'host', 'content-type']
    const ctx = contextWith(Object.fromEntries(names.map(name => [name, header])))
    return [isPageNavigation(ctx), ctx.accepts('html', 'json'), ctx.host, ctx.is('json')]
  },
  Cookie: text => {
    const header = asHeader(text)
    const ctx = contextWith({
      cookie: `vestibule-attempt-AAAAAAAA=${header}; vestibule-attempt-0=${header}; vestibule-flash=${header}; vestibule-last=${header}`,
    })
    jar.clearUnknownAttempts(ctx)
    return [
      openAttempts(attemptSealer, new Map([['0', text]])),
      jar.attempts(ctx),
      jar.takeFlash(ctx),
      jar.lastProvider(ctx),
      attemptSealer.open(text, ''),
    ]
  },
  'logout token': text => readLogoutToken(text, logoutExpected),
  'path of an API': text => [apiUrl(API, '/x'), apiUrl(API, text)],
  'URL of an API': text => apiUrl(API, API + text),
  groups: text => [readGroups([text]), groupsAt([text, 'a.b'])({ [short(text)]: [text] })],
  'user agent': text => [describeUserAgent(text), describeUserAgent(`Mozilla/5.0 (${text}`)],
  'word to leave by': text => isConfirmationText({ ...emptyIdentity, login: text }, text),
  'rules of access': text => issuesInProd({ ROLE_RULES: `admin=${text}` }),
  'faults of the configuration': text => [quoted(text), quotedUrl(text), quotedUrl(`https://${text}`)],
}

const PIECES = [
  ...[' ', '\t', '\n', '\u2028', '\u202e', '\x00', 'a', 'A1', '9', '-9', '.', 'a.', '-', '_', '\u212a', 'ä', '😀'],
  ...['/', '//', '/a', '\\', '\\"', '"', "'", '%', '%2f', '%%', '@', 'a@', '@a', '.@', ':', '1:', '::', '[', ']', '[]'],
  ...[
    ',',
    ', ',
    ';',
    '; ',
    ';q=',
    ';q=0.',
    'a/b,',
    'text/html;q=1,',
    '=',
    '==',
    'a=b; ',
    '&',
    'a=b&',
    '?',
    '#',
    '+',
    '+json',
  ],
  ...[
    'vestibule-flash',
    'vestibule-flash=;',
    'example',
    'my-secret',
    '*,',
    'email:',
    'postgres://',
    '{',
    '}',
    '<',
    '>',
  ],
]
const ENDS = ['', '!']

for (const [what, read] of Object.entries(READERS))
  test(`DS-09 reading 100 kB takes no longer than its length asks for: ${what}`, () => {
    for (const piece of PIECES) for (const end of ENDS) assertLinear(read, piece, end)
  })

const LARGE = 100_000
const TIMES = 8
/** Milliseconds. What grows with the square takes seconds for this much text; a busy machine takes a tenth of one for any. */
const UNSUSPICIOUS = 150
const ROUNDS = 3

/** Compares two lengths, so that a slow machine is no fault: eight times the text may take 24 times as long, not 64. */
function assertLinear(read: (text: string) => unknown, piece: string, end: string): void {
  const text = (length: number) => piece.repeat(length / piece.length) + end
  let [small, large] = [0, timeOf(read, text(LARGE))]
  // A busy machine interrupts the longer of the two more often; what is not linear is not so in any round.
  for (let round = 0; round < ROUNDS && large >= UNSUSPICIOUS && large >= 3 * TIMES * small; round++) {
    large = Math.min(large, fastest(read, text(LARGE)))
    small = fastest(read, text(LARGE / TIMES))
  }
  const isLinear = large < UNSUSPICIOUS || large < 3 * TIMES * small
  assert.ok(isLinear, `${JSON.stringify(piece + end)}: ${small} ms, then ${large} ms`)
}

const fastest = (read: (text: string) => unknown, text: string): number =>
  Math.min(...Array.from({ length: 4 }, () => timeOf(read, text)))

function timeOf(read: (text: string) => unknown, text: string): number {
  const begin = performance.now()
  try {
    read(text)
  } catch {
    // A refusal is as good as an answer here; properties.test.ts asks which.
  }
  return performance.now() - begin
}
