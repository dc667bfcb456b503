import assert from 'node:assert/strict'
import type { Overrides } from '../../src/server.js'
import type { Settings } from './app.js'
import { type OAuth1Provider, startOAuth1Provider } from './fake-oauth1.js'
import { HttpBrowser, type Page } from './http-browser.js'
import { startWatchedApp, type WatchedApp } from './watched-app.js'

export const ASKS = '/oauth/request_token'
export const GRANTS = '/oauth/access_token'
export const USER = '/user'

export interface OAuth1App {
  app: WatchedApp
  far: OAuth1Provider
  newVisitor(): OAuth1Browser
  /** Afterwards the log is searched for all that the provider lent and granted. */
  stop(): Promise<void>
}

interface Parts {
  overrides?: Overrides
  /** PEM, for the provider; the private half is a setting. */
  publicKey?: string
}

/**
 * An app that knows its provider `trail`, which speaks OAuth 1.0a, from its settings alone.
 * @param extra settings that win over the usual ones, made for the far side where they depend on it
 */
export async function startOAuth1App(
  extra: Settings | ((far: OAuth1Provider) => Settings) = {},
  { overrides = {}, publicKey }: Parts = {},
): Promise<OAuth1App> {
  const far = await startOAuth1Provider(publicKey === undefined ? {} : { publicKey })
  const settings = typeof extra === 'function' ? extra(far) : extra
  const app = await startWatchedApp({ ...far.settings('trail'), ...settings }, overrides).catch(async error => {
    await far.stop()
    throw error
  })
  return {
    ...{ app, far },
    newVisitor: () => new OAuth1Browser(app.origin),
    async stop() {
      await app.stop()
      await far.stop()
      const log = app.logged()
      const secret = far.secrets().find(each => [each, encodeURIComponent(each)].some(text => log.includes(text)))
      assert.equal(secret, undefined, 'A secret of the provider stands in the log')
    },
  }
}

/** A visitor whose provider is the one of oauth1-provider.ts, which consents at once. */
export class OAuth1Browser extends HttpBrowser {
  /** Starts a sign-in and asks the provider; returns the callback's URL, which is not opened yet. */
  async startSignIn(path = '/login/trail', choice: Record<string, string> = {}): Promise<string> {
    const url = new URL(await this.depart(path))
    for (const [name, value] of Object.entries(choice)) url.searchParams.set(name, value)
    const consent = await this.open(url.href)
    assert.equal(consent.status, 302, consent.text)
    return consent.location ?? ''
  }

  /** Starts a sign-in up to the provider's URL, which is not opened yet. */
  async depart(path = '/login/trail'): Promise<string> {
    let start = await this.open(path)
    // A guarded page leads to the sign-in first.
    while (start.location?.startsWith(this.origin)) start = await this.open(start.location)
    assert.equal(start.status, 303, start.text)
    return start.location ?? ''
  }

  /** A whole sign-in, up to the callback's answer. */
  async signInAs(person = 'ada', path?: string): Promise<Page> {
    return this.open(await this.startSignIn(path, { person }))
  }

  /** Who is signed in here, if anybody. */
  async login(): Promise<string | undefined> {
    return JSON.parse((await this.ask('/api/session')).text).user?.login
  }

  /** The attempt cookies, oldest first. */
  get attempts(): [name: string, value: string][] {
    return [...this.cookies()].filter(([name]) => name.includes('vestibule-attempt-'))
  }
}
