import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Overrides } from '../../src/server.js'
import { type Settings, startApp, type TestApp } from './app.js'
import { ADA, type FakeOAuth2, type Person, startFakeOAuth2 } from './fake-oauth2.js'
import { callbackUrl, type FakeHandler, type FakeProvider, json, type ReceivedRequest } from './fake-provider.js'
import { HttpBrowser, type Page } from './http-browser.js'
import { type Row, runSql } from './sql.js'

export { ADA, type Person }

export interface Acme<Far extends FakeProvider = FakeProvider> {
  app: TestApp
  far: Far
  databaseUrl: string
  /** A provider without faults again: it consents at once, and Ada is at the keyboard. */
  reset(): void
  /** Whom the user endpoint tells of from now on, whatever the token. */
  knows(person: Person): void
  /** Asks the database of the app, past the app. */
  sql(statement: string): Promise<Row[]>
  newVisitor(): HttpBrowser
  stop(): Promise<void>
}

/**
 * An app that knows its provider `acme` from its settings alone.
 * @param extra settings that win over the usual ones, made for the far side where they depend on it
 */
export async function startAcme(
  extra: Settings | ((far: FakeOAuth2) => Settings) = {},
  overrides: Overrides = {},
): Promise<Acme<FakeOAuth2>> {
  const far = await startFakeOAuth2('acme', overrides.now)
  const settings = typeof extra === 'function' ? extra(far) : extra
  const usual = {
    reset: far.open,
    knows: (person: Person) => far.on('/user', json(person)),
  }
  return startBeside(far, usual, { ...far.settings('acme'), ...settings }, overrides)
}

/** An app beside a far side that runs already, and that ends with it. */
export async function startBeside<Far extends FakeProvider>(
  far: Far,
  usual: Pick<Acme, 'reset' | 'knows'>,
  settings: Settings,
  overrides: Overrides,
): Promise<Acme<Far>> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-acme-'))
  const databaseUrl = settings.DATABASE_URL ?? `sqlite:${join(folder, 'vestibule.db')}`
  const clearUp = async () => {
    await far.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const app = await startApp({ ...settings, DATABASE_URL: databaseUrl }, overrides)
    return {
      ...{ app, far, databaseUrl, ...usual },
      sql: statement => runSql(databaseUrl, statement),
      newVisitor: () => new HttpBrowser(app.origin),
      async stop() {
        await app.stop()
        await clearUp()
      },
    }
  } catch (error) {
    await clearUp()
    throw error
  }
}

/** Codes are random, so that one that leaks is found; the token of a code holds the code. */
export function consentAtOnce(far: FakeProvider): void {
  far.on('/authorize', ({ query }, response) => {
    const back = callbackUrl(`${far.origin}/authorize?${query}`, { code: randomBytes(12).toString('hex') })
    response.writeHead(303, { Location: back }).end()
  })
  far.on('/user', json(ADA))
}

/** Answers with whatever a test makes up. */
export const reply =
  (body: string | Buffer, { status = 200, type = 'application/json', headers = {} }: ReplyOptions = {}): FakeHandler =>
  (_, response) =>
    void response.writeHead(status, { ...(type && { 'Content-Type': type }), ...headers }).end(body)

interface ReplyOptions {
  status?: number
  type?: string
  headers?: Record<string, string>
}

/** Everything that passed by at a provider and belongs into no page and no log. */
export function secretsOf({ requests: seen }: FakeProvider): string[] {
  const values = seen.flatMap(({ query, form, headers }) => [
    ...['state', 'code_challenge'].flatMap(name => query.getAll(name)),
    ...['code', 'code_verifier', 'client_secret', 'refresh_token', 'token'].flatMap(name => form.getAll(name)),
    headers.authorization?.split(' ')[1] ?? '',
  ])
  return [...new Set(values)].filter(Boolean)
}

/** Signs the person at the keyboard in, and tells who the app says is there. */
export async function signIn(acme: Acme, visitor = acme.newVisitor()) {
  const page = await visitor.follow('/')
  assert.equal(page.status, 200, page.text)
  assert.equal(page.url, `${acme.app.origin}/`)
  return (await sessionOf(visitor)).user
}

/** What the provider was asked at a path, which was once. */
export function onlyRequestTo({ far }: Acme, path: string): ReceivedRequest {
  const [asked, ...more] = far.requests.filter(entry => entry.path === path)
  assert.ok(asked && more.length === 0, `${path} was asked ${far.calls(path)} times`)
  return asked
}

/** Who the app says is there. */
export async function sessionOf(visitor: HttpBrowser) {
  return JSON.parse((await visitor.ask('/api/session')).text)
}

/** The page refuses, and names the reason. */
export function assertRefused(page: Page, status: number, code: string): void {
  assert.equal(page.status, status, page.text)
  assert.ok(page.text.includes(`<code>${code}</code>`), `The page does not name ${code}:\n${page.text}`)
  assert.equal(page.headers['cache-control'], 'no-store')
}

/** Nobody is signed in, and nobody was written down. */
export async function assertSignedOut(acme: Acme, visitor: HttpBrowser): Promise<void> {
  assert.equal(visitor.sessionCookie, undefined)
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  assert.deepEqual(await countRows(acme), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
}

export async function countRows({ sql }: Pick<Acme, 'sql'>): Promise<Record<string, number>> {
  const tables = ['users', 'identities', 'provider_tokens', 'sessions']
  const counts = tables.map(async table => [table, Number((await sql(`select count(*) as n from ${table}`))[0]?.n)])
  return Object.fromEntries(await Promise.all(counts))
}

/** None of the secrets stands in a text. */
export function assertHides(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `"${secret}" stands in:\n${text}`)
}

/** Something that will happen, to be waited for. */
export function deferred(): { happened: Promise<void>; happen(): void } {
  let happen = () => {}
  const happened = new Promise<void>(resolve => {
    happen = resolve
  })
  return { happened, happen: () => happen() }
}
