// The provider of the benchmark, in a process of its own. It checks nothing, so that the apps are what is measured.
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { serveParent } from './contenders/serve-parent.js'

// Signing RS256 would take so long that the provider would be what is measured.
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
let keyFetches = 0

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://provider')
  const json = (body: object) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(body))
  }
  switch (url.pathname) {
    case '/authorize': {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', codeFor(request.headers.cookie, url.searchParams.get('nonce')))
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      return response.writeHead(302, { Location: back.href }).end()
    }
    case '/token': {
      const [person = '', nonce, kid] = new URLSearchParams(await text(request)).get('code')?.split('.') ?? []
      const idToken = nonce && { id_token: idTokenOf(person, { nonce, kid, iss: `http://${request.headers.host}` }) }
      return json({ access_token: person, token_type: 'bearer', expires_in: 3600, scope: 'profile', ...idToken })
    }
    case '/user':
      return json(profileOf(request.headers.authorization?.split(' ')[1] ?? '0'))
    case '/api/things':
      return json({ things: THINGS })
    case '/.well-known/openid-configuration':
      return json(metadataOf(`http://${request.headers.host}`))
    case '/keys':
      keyFetches++
      return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KID, alg: 'ES256', use: 'sig' }] })
    case '/key-fetches':
      return json({ keyFetches })
    default:
      return response.end('ready')
  }
})

const KID = 'the-key'

/** About as much as a page of an API's list. */
const THINGS = Array.from({ length: 20 }, (_, id) => ({ id, name: `thing ${id}`, made: '2026-01-01T00:00:00Z' }))

/** Who is signed in here, and by which key it is to be told: the browser says it, as `person=17; kid=other`. */
function codeFor(cookie = '', nonce: string | null): string {
  const person = /person=(\d+)/.exec(cookie)?.[1] ?? '1'
  return nonce === null ? person : `${person}.${nonce}.${/kid=([\w-]+)/.exec(cookie)?.[1] ?? KID}`
}

const metadataOf = (issuer: string) => ({
  ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
  ...{ jwks_uri: `${issuer}/keys`, userinfo_endpoint: `${issuer}/user` },
  id_token_signing_alg_values_supported: ['ES256'],
})

function idTokenOf(
  person: string,
  { kid, ...claims }: { nonce: string; kid: string | undefined; iss: string },
): string {
  const iat = Math.floor(Date.now() / 1000)
  const payload = { ...claims, sub: `person-${person}`, aud: 'bench', iat, exp: iat + 3600 }
  const signed = [{ alg: 'ES256', kid, typ: 'JWT' }, payload].map(base64url).join('.')
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

const base64url = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

const profileOf = (person: string) => ({
  id: `person-${person}`,
  sub: `person-${person}`,
  login: `ada${person}`,
  name: `Ada the ${person}th`,
  email: `ada${person}@example.org`,
  email_verified: true,
  picture: `https://example.org/pictures/${person}.png`,
})

server.listen(Number(process.env.PORT), '127.0.0.1')
serveParent()
