// An OAuth 1.0a provider over real HTTP, whose checks of signatures are not ours: passport-http-oauth's.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express'
import passport from 'passport'
import { ConsumerStrategy, TokenStrategy } from 'passport-http-oauth'
import type { Settings } from './app.js'
import { isSignedRight, paramsOf } from './fake-oauth1-signatures.js'
import { Problem, Tokens } from './fake-oauth1-tokens.js'

export const CONSUMER = { key: 'vestibule at acme', secret: 'a secret & 100% ☃=' }

export interface OAuth1Provider {
  origin: string
  /** The paths that were asked for, oldest first, each with what its Authorization header carried. */
  requests: readonly ReceivedRequest[]
  calls(path: string): number
  /** Answers a path in this way from now on, whatever was asked. */
  on(path: string, handler: RequestHandler): void
  /** Forgets what was seen, and answers in the usual way again. */
  reset(): void
  /** Whatever it lent or granted and nobody else may read: secrets, a person's tokens, verifiers. */
  secrets(): string[]
  /** The settings that make it the custom provider of this name, and the default one. */
  settings(name?: string): Settings
  stop(): Promise<void>
}

export interface ReceivedRequest {
  method: string
  path: string
  params: ReadonlyMap<string, string>
}

interface Options {
  /** PEM, of a consumer that signs with RSA-SHA1. */
  publicKey?: string
}

/**
 * Starts a provider at a free port: `/oauth/request_token`, `/oauth/authenticate`, `/oauth/access_token` and `/user`.
 * `/oauth/authenticate` redirects straight back: for `ada`, for another `person=`, or with a refusal for `deny=1`.
 */
export async function startOAuth1Provider({ publicKey }: Options = {}): Promise<OAuth1Provider> {
  const seen: ReceivedRequest[] = []
  const handlers = new Map<string, RequestHandler>()
  const tokens = new Tokens()
  const server = providerApp(tokens, publicKey, (request, response, next) => {
    const { method, path, headers } = request
    seen.push({ method, path, params: paramsOf(headers.authorization) })
    const handler = handlers.get(path) ?? ((_request, _response, go) => go())
    return handler(request, response, next)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    ...{ origin, requests: seen },
    calls: path => seen.filter(entry => entry.path === path).length,
    on: (path, handler) => void handlers.set(path, handler),
    reset() {
      seen.length = 0
      handlers.clear()
    },
    secrets: () => tokens.secrets(),
    settings: (name = 'acme') => settingsFor(name, origin),
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function providerApp(tokens: Tokens, publicKey: string | undefined, watch: RequestHandler): express.Express {
  const passports = authenticator(tokens)
  const signed = (strategy: 'consumer' | 'token'): RequestHandler => {
    const check: RequestHandler = passports.authenticate(strategy, { session: false, failWithError: true })
    return (request, response, next) => {
      const right = isSignedOtherwise(request, tokens, publicKey)
      if (right === undefined) return void check(request, response, next)
      next(right ? undefined : new Problem({ oauth_problem: 'signature_invalid' }))
    }
  }
  return (
    express()
      .use(express.urlencoded({ extended: false }))
      .use(watch)
      // The passport that passport-http-oauth brings along asks for it, though nobody has a session here.
      .use(passports.initialize())
      .post('/oauth/request_token', signed('consumer'), issueRequestToken(tokens))
      .get('/oauth/authenticate', consent(tokens))
      .post('/oauth/access_token', signed('consumer'), grant(tokens))
      .all('/user', signed('token'), showPerson(tokens))
      .use(respondProblem)
  )
}

/** Whether a request is signed right by a method that passport-http-oauth does not judge; undefined for its own. */
function isSignedOtherwise(request: Request, tokens: Tokens, publicKey: string | undefined): boolean | undefined {
  const params = paramsOf(request.headers.authorization)
  const token = params.get('oauth_token') ?? ''
  const known = tokens.temporary.get(token) ?? tokens.granted.get(token)
  const scheme = request.headers['x-forwarded-proto'] ?? 'http'
  return isSignedRight(
    {
      params,
      method: request.method,
      url: `${scheme}://${request.headers.host}${request.originalUrl}`,
      form: { ...request.body },
    },
    { consumerSecret: CONSUMER.secret, tokenSecret: known?.secret ?? '', publicKey },
  )
}

/** Temporary credentials (RFC 5849, 2.1). */
const issueRequestToken =
  (tokens: Tokens): RequestHandler =>
  (request, response) => {
    const token = tokens.saveSecret(randomToken())
    const callback = paramsOf(request.headers.authorization).get('oauth_callback')
    if (callback === undefined) throw new Problem({ oauth_problem: 'parameter_absent' })
    const lent = { secret: tokens.saveSecret(randomToken()), callback }
    tokens.temporary.set(token, lent)
    form(response, { oauth_token: token, oauth_token_secret: lent.secret, oauth_callback_confirmed: 'true' })
  }

/** The person says yes, or no as people do at X (RFC 5849, 2.2). */
const consent =
  (tokens: Tokens): RequestHandler =>
  (request, response) => {
    const { oauth_token: token = '', person = 'ada', deny } = request.query
    const lent = tokens.temporary.get(String(token))
    if (!lent) throw new Problem({ oauth_problem: 'token_rejected' })
    const back = new URL(lent.callback)
    if (deny !== undefined) {
      back.searchParams.set('denied', String(token))
    } else {
      Object.assign(lent, { verifier: tokens.saveSecret(randomToken()), person: String(person) })
      back.searchParams.set('oauth_token', String(token))
      back.searchParams.set('oauth_verifier', lent.verifier ?? '')
    }
    response.redirect(302, back.href)
  }

/** A person's token, for a verifier that works once (RFC 5849, 2.3). */
const grant =
  (tokens: Tokens): RequestHandler =>
  (request, response) => {
    const params = paramsOf(request.headers.authorization)
    const name = params.get('oauth_token') ?? ''
    const { verifier, person } = tokens.temporary.get(name) ?? {}
    if (!person || verifier !== params.get('oauth_verifier')) throw new Problem({ oauth_problem: 'verifier_invalid' })
    tokens.temporary.delete(name)
    const token = tokens.saveSecret(randomToken())
    const granted = { secret: tokens.saveSecret(randomToken()), person }
    tokens.granted.set(token, granted)
    const extras = { user_id: `id-of-${person}`, screen_name: person }
    form(response, { oauth_token: token, oauth_token_secret: granted.secret, ...extras })
  }

/** The person that a token belongs to, and the fields of the query and the form that the signature covered. */
const showPerson =
  (tokens: Tokens): RequestHandler =>
  (request, response) => {
    const name = tokens.granted.get(paramsOf(request.headers.authorization).get('oauth_token') ?? '')?.person
    if (!name) throw new Problem({ oauth_problem: 'token_rejected' })
    const person = { id: `id-of-${name}`, name, login: name, email: `${name}@example.org`, email_verified: true }
    response.json({ ...person, query: { ...request.query }, form: { ...request.body } })
  }

/** passport leaves the problem in the challenge; many providers put it into the body too. */
const respondProblem: ErrorRequestHandler = (error, _request, response, _next) => {
  const challenge = [response.getHeader('WWW-Authenticate')].flat().join()
  const fields = error instanceof Problem ? error.fields : Object.fromEntries(paramsOf(challenge))
  form(response.status(error.status ?? 500), fields)
}

const form = (response: Response, fields: Record<string, string>) =>
  response.type('application/x-www-form-urlencoded').send(new URLSearchParams(fields).toString())

/** With all that has to be encoded, in the header or in a form. */
const randomToken = () => `${randomBytes(12).toString('base64')}+/=&%!*'()~`

const FIVE_MINUTES = 300

function authenticator(tokens: Tokens): InstanceType<typeof passport.Passport> {
  const consumer: ConstructorParameters<typeof ConsumerStrategy>[0] = (key, done) =>
    key === CONSUMER.key ? done(null, { key }, CONSUMER.secret) : done(null, false)
  const isFresh: ConstructorParameters<typeof ConsumerStrategy>[2] = (timestamp, nonce, done) =>
    validate(tokens, timestamp, nonce, done)
  const { temporary, granted } = tokens
  return new passport.Passport()
    .use(
      'consumer',
      new ConsumerStrategy(consumer, (token, done) => done(null, temporary.get(token)?.secret ?? false), isFresh),
    )
    .use(
      'token',
      new TokenStrategy(
        consumer,
        (token, done) => done(null, granted.get(token) ?? false, granted.get(token)?.secret),
        isFresh,
      ),
    )
}

function validate(tokens: Tokens, timestamp: string, nonce: string, done: (error: unknown, valid?: boolean) => void) {
  const now = Math.floor(Date.now() / 1000)
  if (Math.abs(Number(timestamp) - now) <= FIVE_MINUTES) return done(null, tokens.isFresh(timestamp, nonce))
  const range = `${now - FIVE_MINUTES}-${now + FIVE_MINUTES}`
  done(new Problem({ oauth_problem: 'timestamp_refused', oauth_acceptable_timestamps: range }))
}

function settingsFor(name: string, origin: string): Settings {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return {
    PROVIDERS: name,
    DEFAULT_PROVIDER: name,
    [`${prefix}_PROTOCOL`]: 'oauth1',
    [`${prefix}_CLIENT_ID`]: CONSUMER.key,
    [`${prefix}_CLIENT_SECRET`]: CONSUMER.secret,
    [`${prefix}_REQUEST_TOKEN_URL`]: `${origin}/oauth/request_token`,
    [`${prefix}_AUTHORIZE_URL`]: `${origin}/oauth/authenticate`,
    [`${prefix}_TOKEN_URL`]: `${origin}/oauth/access_token`,
    [`${prefix}_USER_URL`]: `${origin}/user`,
  }
}
