// What may stand nowhere, and those who gather it: browsers that remember all they were shown and all they hold.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type Database from 'better-sqlite3'
import { type Attempt, openAttempts } from '../../src/accounts/sign-in/attempt.js'
import { createKeyring } from '../../src/crypto/keys.js'
import type { Store } from '../../src/store/types.js'
import type { ReceivedRequest } from './fake-provider.js'
import { HttpBrowser, hiddenFields, type Page } from './http-browser.js'

export interface SecretSearch {
  /** What may stand nowhere, by what it is. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<string>>
  add(kind: string, ...values: readonly (string | null | undefined)[]): void
  /** Codes, verifiers, tokens and client proofs, as a provider got them. */
  addReceived(seen: readonly ReceivedRequest[]): void
  /** The tokens that an app has kept for this identity. */
  addStored(store: Store, identityId: string): Promise<void>
  /** @param more texts of this place alone, such as those that forms may show */
  assertNoneIn(place: string, text: string, more?: readonly string[]): void
}

export function createSecretSearch(): SecretSearch {
  const kinds = new Map<string, Set<string>>()

  function addSecret(kind: string, ...values: readonly (string | null | undefined)[]): void {
    const known = kinds.get(kind) ?? new Set()
    for (const value of values) if (value) known.add(value)
    kinds.set(kind, known)
  }

  return {
    ...{ kinds, add: addSecret },
    addReceived(seen) {
      for (const { form, headers } of seen) {
        addSecret('code', form.get('code'))
        addSecret('verifier', form.get('code_verifier'))
        addSecret('client secret', form.get('client_secret'))
        addSecret('refresh token', form.get('refresh_token'))
        const [scheme, proof] = headers.authorization?.split(' ') ?? []
        addSecret(scheme === 'Basic' ? 'client secret' : 'access token', proof)
      }
    },
    async addStored(store, identityId) {
      const tokens = await store.tokens.load(identityId)
      addSecret('access token', tokens?.accessToken)
      addSecret('refresh token', tokens?.refreshToken)
      addSecret('token secret', tokens?.tokenSecret)
    },
    assertNoneIn(place, text, more = []) {
      for (const [kind, values] of [...kinds, ['CSRF token', more] as const]) {
        for (const value of values) {
          const found = value && spellings(value).find(spelling => text.includes(spelling))
          assert.ok(!found, `A ${kind} stands in ${place}: …${around(text, found || '')}…`)
        }
      }
    },
  }
}

/** The same secret, as it could have been written down. */
const spellings = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64url'),
  Buffer.from(secret).toString('hex'),
  secret.replaceAll('&', '&amp;').replaceAll("'", '&#39;'),
]

const around = (text: string, found: string) => text.slice(Math.max(0, text.indexOf(found) - 200)).slice(0, 400)

/** What browsers were shown. */
export interface RecordedPages {
  /** Bodies, and headers but for its cookies and what a provider must get of an attempt. */
  shown: string[]
  /** CSRF tokens stand in the pages that they are made for, and nowhere else. */
  forms: Set<string>
}

/** A visitor who remembers every page of the app, and every secret of theirs. */
export class RecordingBrowser extends HttpBrowser {
  private readonly sealer

  /** @param key of the app, so that attempts can be opened and their parts be known, too */
  constructor(
    origin: string,
    key: string,
    private readonly search: SecretSearch,
    private readonly exhibits: RecordedPages,
  ) {
    super(origin)
    this.sealer = createKeyring([key]).sealer('attempt')
  }

  override async ask(...request: Parameters<HttpBrowser['ask']>): Promise<Page> {
    const page = await super.ask(...request)
    for (const [name, value] of this.cookies()) this.addCookie(name, value)
    if (!page.url.startsWith(this.origin)) return page
    const { 'set-cookie': _, location, ...headers } = page.headers
    const [texts, leading] = [[page.text, JSON.stringify(headers)], [String(location ?? '')]]
    // After a form of ours it is the page that leads on, and not a redirect.
    if (headers.refresh !== undefined) leading.push(...texts.splice(0))
    this.exhibits.shown.push(...texts, ...leading.map(text => text.replace(FOR_THE_PROVIDER, '$1')))
    this.exhibits.forms.add(hiddenFields(page.text).csrf ?? '')
    for (const name of ['code', 'oauth_verifier']) this.search.add('code', new URL(page.url).searchParams.get(name))
    return page
  }

  private addCookie(name: string, value: string): void {
    const { add: addSecret } = this.search
    const [, id] = /^vestibule-attempt-(.+)$/.exec(name) ?? []
    // The name of the provider that was used last is no secret.
    if (name.startsWith('dev-provider-') || !name.startsWith('vestibule-') || name === 'vestibule-last') return
    if (value === '') return
    addSecret(name.replace(/-attempt-.+/, '-attempt'), value)
    if (!id) return
    for (const { attempt } of openAttempts(this.sealer, this.slots())) this.addAttempt(attempt)
  }

  private slots(): Map<string, string> {
    const named = [...this.cookies()].map(([name, value]) => [name.split('-attempt-')[1], value] as const)
    return new Map(named.flatMap(([slot, value]) => (slot ? [[slot, value]] : [])))
  }

  private addAttempt({ state, codeVerifier, nonce, temporarySecret }: Attempt): void {
    const { add: addSecret } = this.search
    addSecret('state', state)
    addSecret('verifier', codeVerifier)
    addSecret('nonce', nonce)
    addSecret('temporary secret', temporarySecret)
  }
}

/** What a provider must get by the browser. */
const FOR_THE_PROVIDER = /([?&;](?:state|nonce|oauth_token|id_token_hint)=)[^&"\s<]+/g

/** All files of an SQLite database, with what it has not yet brought in from the log of writes. */
export function filesOf(db: Database.Database): string {
  const folder = dirname(db.name)
  const files = readdirSync(folder).filter(name => name.startsWith(basename(db.name)))
  assert.ok(
    files.some(name => name.endsWith('-wal')),
    files.join(),
  )
  return files.map(name => readFileSync(join(folder, name), 'latin1')).join()
}
