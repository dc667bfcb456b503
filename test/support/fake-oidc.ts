// The far side of OpenID Connect: what the conformance suite's provider does, and whatever a test wants it to do.
import { createHash, randomBytes } from 'node:crypto'
import type { Signer } from '../oauth/signers.js'
import type { Settings } from './app.js'
import { isAuthenticated, problemsOfAuthorization, problemsOfExchange, problemsOfUserinfo } from './fake-oidc-checks.js'
import { makeKeys, type OidcKeys, publishedBy } from './fake-oidc-keys.js'
import { endSession, type LogoutOverrides } from './fake-oidc-logout.js'
import { problemsOfRefresh, type RefreshOverrides } from './fake-oidc-refresh.js'
import { metadataOf, redirectBack } from './fake-oidc-responses.js'
import { type FakeHandler, type FakeProvider, json, startFakeProvider } from './fake-provider.js'

export const DISCOVERY = '/.well-known/openid-configuration'

/** The person at the keyboard. */
export const ADA_AT_OP = {
  sub: '248289761001',
  name: 'Ada Lovelace',
  preferred_username: 'ada',
  email: 'ada@example.org',
  email_verified: true,
}

/** How answers differ from good ones; a member that is undefined is left out of them. */
export interface OidcOverrides {
  metadata?: object
  /** In place of the set of keys. */
  jwks?: unknown
  /** The parameters that the browser brings back. */
  back?: Record<string, string | undefined>
  header?: object
  claims?: object
  signer?: Signer
  /** Makes the ID token in another way altogether. */
  idToken?: (claims: Claims) => unknown
  token?: object
  user?: object
  ignoresPkce?: boolean
  /** It gives refresh tokens, which rotate; and how the answers to them differ. */
  refresh?: RefreshOverrides
  /** It ends sessions, on the app's wish and of its own, and so each has a `sid`. Before the app has read its metadata. */
  logout?: LogoutOverrides
}

/** A sign-in there. */
export interface OidcSession {
  clientId: string
  sub: unknown
  sid: string | undefined
  /** What the browser asked with. */
  params: URLSearchParams
}

export type Claims = Record<string, unknown>

export interface FakeOidc extends FakeProvider {
  issuer: string
  keys: OidcKeys
  /** What is wrong with the requests so far, as the conformance suite judges them. */
  problems: readonly string[]
  /** Whom it has signed in, oldest first. */
  sessions: readonly OidcSession[]
  /** ID tokens that it made. */
  issued: ReadonlySet<unknown>
  /** Where people may go after signing out; more may be put in. */
  postLogoutRedirectUris: string[]
  /** How refreshes went. */
  refreshes: { asked: number; granted: number }
  /** Milliseconds. */
  now(): number
  override(bend: OidcOverrides): void
  /** Who is at the keyboard from now on. */
  knows(person: Claims & { sub: string }): void
  /** Takes other keys of other names, which nobody was told of. */
  rotate(): Promise<void>
}

/** @param path of the issuer, behind the origin */
export async function startFakeOidc({
  now = Date.now,
  path = '',
}: {
  now?: () => number
  path?: string
} = {}): Promise<FakeOidc> {
  const far = await startFakeProvider()
  const issuer = far.origin + path
  let keys = await makeKeys()
  let bend: OidcOverrides = {}
  let person: Claims = ADA_AT_OP
  const requests = new Map<string, URLSearchParams>()
  const errors: string[] = []
  const sessions: OidcSession[] = []
  const refreshTokens = new Map<string, OidcSession>()
  const issued = new Set<unknown>()
  const postLogoutRedirectUris: string[] = []
  const refreshes = { asked: 0, granted: 0 }
  const addProblems = (faults: readonly string[]) => errors.push(...faults)

  const consent: FakeHandler = ({ query }, response) => {
    addProblems(problemsOfAuthorization(query))
    const code = randomBytes(12).toString('hex')
    requests.set(code, query)
    redirectBack(query, changed({ code, state: query.get('state') ?? '' }, bend.back), response)
  }

  async function idToken(
    { params: request, clientId, sub, sid }: OidcSession,
    accessToken: string,
    how?: RefreshOverrides,
  ) {
    const { claims, header, signer, idToken: make } = { ...bend, ...how }
    const iat = Math.floor(now() / 1000)
    // A refresh is no new sign-in: it has no nonce (OpenID Connect Core, 12.2).
    const nonce = how ? null : request.get('nonce')
    const text = { iss: issuer, aud: clientId, sub, iat, exp: iat + 3600, ...(nonce && { nonce }), sid }
    const all = changed({ ...text, at_hash: atHash(accessToken) }, claims)
    const token = make ? make(all) : await (signer ?? keys.rsa).sign(all, header)
    issued.add(token)
    return token
  }

  async function tokensOf(session: OidcSession, code: string, how?: RefreshOverrides): Promise<Claims> {
    const accessToken = `token-of-${code}`
    const refreshToken = bend.refresh && `refresh-of-${code}`
    if (refreshToken) refreshTokens.set(refreshToken, session)
    const good = {
      ...{ access_token: accessToken, token_type: 'Bearer', expires_in: 3600, refresh_token: refreshToken },
      id_token: await idToken(session, accessToken, how),
    }
    return changed(good, (how ?? bend).token)
  }

  const spend: FakeHandler = async (seen, response) => {
    const code = seen.form.get('code') ?? ''
    const params = requests.get(code)
    requests.delete(code)
    addProblems(problemsOfExchange(seen, params))
    if (!params || (!bend.ignoresPkce && !isAuthenticated(seen, params))) {
      return json({ error: 'invalid_grant' }, 400)(seen, response)
    }
    const sid = bend.logout && randomBytes(12).toString('hex')
    const session = { clientId: params.get('client_id') ?? '', sub: person.sub, sid, params }
    sessions.push(session)
    return json(await tokensOf(session, code))(seen, response)
  }

  const renew: FakeHandler = async (seen, response) => {
    refreshes.asked++
    const token = seen.form.get('refresh_token') ?? ''
    const session = refreshTokens.get(token)
    addProblems(problemsOfRefresh(seen, session))
    if (!session) return json({ error: 'invalid_grant' }, 400)(seen, response)
    refreshes.granted++
    if (!bend.refresh?.reuses) refreshTokens.delete(token)
    const given = await tokensOf(session, randomBytes(12).toString('hex'), bend.refresh ?? {})
    return json(changed(given, bend.refresh?.reuses && { refresh_token: undefined }))(seen, response)
  }

  const tellUser: FakeHandler = (seen, response) => {
    addProblems(problemsOfUserinfo(seen))
    return json(changed(person, bend.user))(seen, response)
  }

  function open(): void {
    far.on(path + DISCOVERY, (seen, response) => {
      json(changed(metadataOf(issuer, bend.logout), bend.metadata))(seen, response)
    })
    far.on('/jwks', (seen, response) => json(bend.jwks ?? { keys: publishedBy(keys) })(seen, response))
    far.on('/authorize', consent)
    far.on('/token', (seen, response) =>
      (seen.form.get('grant_type') === 'refresh_token' ? renew : spend)(seen, response),
    )
    far.on('/end-session', (seen, response) => {
      addProblems(endSession({ issued, postLogoutRedirectUris }, bend.logout, seen, response))
    })
    far.on('/userinfo', tellUser)
  }
  open()

  return {
    ...{ ...far, issuer, problems: errors, sessions, issued, postLogoutRedirectUris, refreshes, now },
    get keys() {
      return keys
    },
    override(more) {
      bend = { ...bend, ...more }
    },
    knows(other) {
      person = other
    },
    async rotate() {
      keys = await makeKeys()
    },
    reset() {
      far.reset()
      for (const list of [errors, sessions, postLogoutRedirectUris]) list.length = 0
      for (const sessionOf of [refreshTokens, issued]) sessionOf.clear()
      Object.assign(refreshes, { asked: 0, granted: 0 })
      bend = {}
      person = ADA_AT_OP
      open()
    },
    settings: (name = 'op') => settingsFor(name, issuer),
  }
}

/** An object with some members changed, and without those that are undefined. */
function changed(good: object, changes: object = {}): Claims {
  return Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined))
}

export const atHash = (accessToken: string): string =>
  createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')

function settingsFor(name: string, issuer: string): Settings {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return {
    PROVIDERS: name,
    DEFAULT_PROVIDER: name,
    [`${prefix}_PROTOCOL`]: 'oidc',
    [`${prefix}_ISSUER`]: issuer,
    [`${prefix}_CLIENT_ID`]: `client-at-${name}`,
    [`${prefix}_CLIENT_SECRET`]: `secret-at-${name}`,
  }
}
