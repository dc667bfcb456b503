// The tokens of a plain OAuth 2.0 provider: given, renewed, taken back, and all the ways in which that fails.
import { randomBytes } from 'node:crypto'
import { createBarrier } from './barrier.js'
import { type FakeHandler, json, type ReceivedRequest } from './fake-provider.js'

/** What the token endpoint promises with a token. */
export interface TokenLifetimes {
  /**
   * Refresh tokens: none; one that stays good, said once or each time; or a new one at each refresh, where an old one
   * that comes again ends everything of its sign-in.
   */
  refresh: 'none' | 'said once' | 'said again' | 'rotating'
  /** Seconds, as the answer says it; undefined: it says nothing, and the token lives for ever. */
  expiresIn?: number | string | undefined
  /** The same for the refresh token, under the name that most use. */
  refreshExpiresIn?: number | undefined
  /** Other members of the answer; they win. */
  more?: object | undefined
}

/** `lost`: the work is done, and the answer never arrives. A handler answers in its own way, and nothing is done. */
export type RefreshFlaw = 'invalid_grant' | 'error' | 'malformed' | 'hangs' | 'lost' | FakeHandler

export interface FakeTokens<Person> {
  /** Holds for what is given from now on. */
  gives(terms: Partial<TokenLifetimes>): void
  /** How often a refresh was asked for, and how often one was granted. */
  readonly refreshes: { asked: number; granted: number }
  /** The next refreshes go wrong, one after the other. */
  failNext(...flaws: RefreshFlaw[]): void
  /** Holds every refresh until the gate is opened; then each goes its usual way. */
  holdRefreshes(): ReturnType<typeof createBarrier>
  /** No access token that was given so far is worth anything; refresh tokens still are. */
  expireAccess(): void
  /** Nothing that was given so far is worth anything, as when a person takes their permission back there. */
  revokeAll(): void
  /** What was given back (RFC 7009), oldest first. */
  readonly givenBack: readonly { token: string; hint: string | null; proof: string }[]
  /** Revocation goes wrong from now on; nothing is taken back then. */
  failRevocation(flaw: 'error' | 'hangs'): void
  /** Whose this access token is; undefined for one that is worth nothing (any more). A made-up one is the keyboard's. */
  ownerOf(accessToken: string): Person | undefined
  /** Forgets everything. */
  reset(): void
  /** POST /token and /revoke. */
  token: FakeHandler
  revoke: FakeHandler
}

interface Family<Person> {
  owner: Person
  over: boolean
}

interface Issued<Person> {
  family: Family<Person>
  /** Milliseconds. */
  expires: number
  spent: boolean
}

/** @param consenting who consented when a code was given, or would now; @param now milliseconds */
export function createFakeTokens<Person>(consenting: (code: string) => Person, now: () => number): FakeTokens<Person> {
  let terms: TokenLifetimes = { refresh: 'none' }
  let flaws: RefreshFlaw[] = []
  let gate: ReturnType<typeof createBarrier> | undefined
  let revocationFlaw: 'error' | 'hangs' | undefined
  const refreshes = { asked: 0, granted: 0 }
  const access = new Map<string, Issued<Person>>()
  const refresh = new Map<string, Issued<Person>>()
  const givenBack: { token: string; hint: string | null; proof: string }[] = []

  const issue = (kind: typeof access, token: string, family: Family<Person>, lives: unknown) => {
    const seconds = Number(lives ?? 'for ever')
    const expires = Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : now() + seconds * 1000
    kind.set(token, { family, expires, spent: false })
    return token
  }
  const isGood = ({ family, expires, spent }: Issued<Person>) => !family.over && !spent && now() < expires

  function give(family: Family<Person>, accessToken: string, refreshToken: string | undefined) {
    issue(access, accessToken, family, terms.expiresIn)
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: terms.expiresIn,
      refresh_token: refreshToken,
      refresh_token_expires_in: refreshToken && terms.refreshExpiresIn,
      ...terms.more,
    }
  }

  function redeem(code: string) {
    const family = { owner: consenting(code), over: false }
    const first =
      terms.refresh === 'none' ? undefined : issue(refresh, newRefreshToken(), family, terms.refreshExpiresIn)
    return give(family, `token-of-${code}`, first)
  }

  function renew(token: string): object | undefined {
    const issued = refresh.get(token)
    if (issued?.spent) issued.family.over = true // somebody else holds a copy of it (RFC 9700, 4.14.2)
    if (!issued || !isGood(issued)) return undefined
    refreshes.granted++
    if (terms.refresh !== 'rotating') {
      return give(issued.family, newAccessToken(), terms.refresh === 'said again' ? token : undefined)
    }
    issued.spent = true
    const next = issue(refresh, newRefreshToken(), issued.family, terms.refreshExpiresIn)
    return give(issued.family, newAccessToken(), next)
  }

  const responseRefresh: FakeHandler = async (seen, response) => {
    refreshes.asked++
    const flaw = flaws.shift()
    await gate?.pass()
    if (typeof flaw === 'function') return flaw(seen, response)
    if (flaw && flaw !== 'lost') return REFRESH_FLAWS[flaw](seen, response)
    const given = renew(seen.form.get('refresh_token') ?? '')
    if (flaw === 'lost') return void response.destroy()
    return given ? json(given)(seen, response) : REFRESH_FLAWS.invalid_grant(seen, response)
  }

  return {
    ...{ refreshes, givenBack },
    gives(other) {
      terms = { ...terms, ...other }
    },
    failNext: (...more) => void flaws.push(...more),
    holdRefreshes() {
      const mine = createBarrier()
      gate = mine
      return {
        ...mine,
        open() {
          gate = undefined
          mine.open()
        },
      }
    },
    expireAccess() {
      for (const issued of access.values()) issued.spent = true
    },
    revokeAll() {
      for (const { family } of [...access.values(), ...refresh.values()]) family.over = true
    },
    failRevocation(flaw) {
      revocationFlaw = flaw
    },
    ownerOf(token) {
      const issued = access.get(token)
      if (!issued) return consenting('')
      return isGood(issued) ? issued.family.owner : undefined
    },
    reset() {
      gate?.open()
      for (const each of [access, refresh]) each.clear()
      terms = { refresh: 'none' }
      flaws = []
      gate = undefined
      revocationFlaw = undefined
      givenBack.length = 0
      Object.assign(refreshes, { asked: 0, granted: 0 })
    },
    token(seen, response) {
      if (seen.form.get('grant_type') === 'refresh_token') return responseRefresh(seen, response)
      return json(redeem(seen.form.get('code') ?? ''))(seen, response)
    },
    revoke(seen, response) {
      const token = seen.form.get('token') ?? ''
      givenBack.push({ token, hint: seen.form.get('token_type_hint'), proof: proofOf(seen) })
      if (revocationFlaw) return REFRESH_FLAWS[revocationFlaw](seen, response)
      const taken = refresh.get(token)
      if (taken) taken.family.over = true
      const alone = access.get(token)
      if (alone) alone.spent = true
      response.writeHead(200).end()
    },
  }
}

const newAccessToken = () => `token-of-refresh-${randomBytes(12).toString('hex')}`
const newRefreshToken = () => `refresh-${randomBytes(12).toString('hex')}`

const proofOf = ({ headers, form }: ReceivedRequest) => headers.authorization ?? form.get('client_secret') ?? ''

const REFRESH_FLAWS = {
  invalid_grant: json({ error: 'invalid_grant', error_description: 'Taken back' }, 400),
  error: json({ error: 'server_error' }, 500),
  malformed: (_, response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"access_'),
  // Whoever waits hangs up, or the far side does when it stops.
  hangs: () => {},
} satisfies Record<string, FakeHandler>
