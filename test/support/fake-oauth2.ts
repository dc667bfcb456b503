import { randomBytes } from 'node:crypto'
import type { Settings } from './app.js'
import { fakeApi } from './fake-oauth2-api.js'
import { createFakeTokens, type FakeTokens } from './fake-oauth2-tokens.js'
import {
  callbackUrl,
  type FakeHandler,
  type FakeProvider,
  json,
  type ReceivedRequest,
  startFakeProvider,
} from './fake-provider.js'
import type { HttpBrowser } from './http-browser.js'

export type Person = Record<string, unknown>

export const ADA = { id: 1, login: 'ada', name: 'Ada Lovelace', email: 'ada@example.org', email_verified: true }
export const GRACE = { id: 2, login: 'grace', name: 'Grace Hopper', email: 'grace@example.org', email_verified: true }

/**
 * A whole OAuth 2.0 provider that is not ours: it consents at once, gives and renews tokens, takes them back, and has
 * an API that wants them. Tokens belong to who consented; whatever a test makes up belongs to who is at the keyboard.
 */
export interface FakeOAuth2 extends FakeProvider {
  tokens: FakeTokens<Person>
  /** Who consents from now on, in browsers that nobody in particular sits at. */
  atKeyboard(person: Person): void
  /** Who consents in this browser from now on, by a cookie of this provider. */
  useBrowser(visitor: HttpBrowser, person: Person): void
  /** What it tells of somebody it knows by this id from now on: their groups, their address, whether that is verified. */
  setUser(person: Person): void
  /** Begins anew: nothing was seen, nothing is wrong, Ada is at the keyboard. `reset` alone leaves no provider at all. */
  open(): void
  /** Besides `settings`: where tokens are given back, where the API is, and where a profile has its groups. */
  laterSettings(name?: string): Settings
}

/** @param name of the cookie that tells two of them apart, since cookies know no ports */
export async function startFakeOAuth2(name = 'acme', now: () => number = Date.now): Promise<FakeOAuth2> {
  const far = await startFakeProvider()
  const cookie = `at-${name}`
  const people = new Map<string, Person>()
  const consents = new Map<string, string>()
  let keyboard = ''
  const know = (person: Person): string => {
    const id = String(person.id ?? person.sub)
    people.set(id, person)
    return id
  }
  const reported = (id: string): Person => people.get(id) ?? ADA
  const tokens = createFakeTokens<string>(code => consents.get(code) ?? keyboard, now)
  const personAt = ({ headers }: ReceivedRequest) => {
    const [, token] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? []
    const owner = token === undefined ? undefined : tokens.ownerOf(token)
    return owner === undefined ? undefined : reported(owner)
  }

  const consent: FakeHandler = ({ query, headers }, response) => {
    const code = randomBytes(12).toString('hex')
    const [, sitting] = new RegExp(`\\b${cookie}=([^;]+)`).exec(headers.cookie ?? '') ?? []
    consents.set(code, sitting ? decodeURIComponent(sitting) : keyboard)
    response.writeHead(303, { Location: callbackUrl(`${far.origin}/authorize?${query}`, { code }) }).end()
  }
  const tellUser: FakeHandler = (seen, response) => {
    const person = personAt(seen)
    return person ? json(person)(seen, response) : json({ message: 'Bad credentials' }, 401)(seen, response)
  }

  function open(): void {
    far.reset()
    tokens.reset()
    for (const each of [people, consents]) each.clear()
    keyboard = know(ADA)
    const handlers = { '/authorize': consent, '/token': tokens.token, '/revoke': tokens.revoke, '/user': tellUser }
    const all: Record<string, FakeHandler> = { ...handlers, ...fakeApi(personAt, far.origin) }
    for (const [path, handler] of Object.entries(all)) far.on(path, handler)
  }
  open()

  return {
    ...far,
    tokens: { ...tokens, ownerOf: token => ownerIn(tokens.ownerOf(token)) },
    open,
    atKeyboard(person) {
      keyboard = know(person)
    },
    useBrowser(visitor, person) {
      const host = new URL(far.origin).hostname
      const jar = visitor.cookies(host)
      jar.set(cookie, encodeURIComponent(know(person)))
      visitor.jar.set(host, jar)
    },
    setUser: person => void know(person),
    laterSettings: (as = name) => laterSettings(as, far.origin),
  }

  function ownerIn(owner: string | undefined): Person | undefined {
    return owner === undefined ? undefined : reported(owner)
  }
}

function laterSettings(name: string, origin: string): Settings {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return {
    [`${prefix}_REVOCATION_URL`]: `${origin}/revoke`,
    [`${prefix}_API_BASE_URL`]: `${origin}/api/`,
    [`${prefix}_GROUPS_FIELD`]: 'groups',
  }
}
