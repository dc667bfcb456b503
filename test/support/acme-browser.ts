import assert from 'node:assert/strict'
import { callbackUrl } from './fake-provider.js'
import { HttpBrowser, type Page } from './http-browser.js'

/** A visitor whose provider is the scripted one of fake-provider.ts. */
export class AcmeBrowser extends HttpBrowser {
  /** Starts a sign-in; returns the callback's URL with this answer, which is not opened yet. */
  async startSignIn(path = '/login/acme', response: Record<string, string> = { code: 'ada' }): Promise<string> {
    const start = await this.open(path)
    assert.equal(start.status, 303, start.text)
    return callbackUrl(start.location ?? '', response)
  }

  /** A whole sign-in, up to the callback's answer. */
  async signInAs(name = 'ada', path?: string): Promise<Page> {
    return this.open(await this.startSignIn(path, { code: name }))
  }

  /** What `/api/session` tells. */
  async session(): Promise<{ signed_in: boolean; user?: { id: string; login: string } }> {
    const { status, text } = await this.ask('/api/session')
    assert.equal(status, 200, text)
    return JSON.parse(text)
  }

  /** Who is signed in here, if anybody. */
  async login(): Promise<string | undefined> {
    return (await this.session()).user?.login
  }

  /** Brings this session cookie along from now on, as somebody who copied or planted it. */
  useSession(handle: string): void {
    this.jar.set(new URL(this.origin).hostname, new Map([['vestibule-session', handle]]))
  }

  /** The names of the attempt cookies, oldest first. */
  get attempts(): string[] {
    return [...this.cookies().keys()].filter(name => name.includes('vestibule-attempt-'))
  }
}

/** The page refuses with this status and code, and says both. */
export function assertRefused(page: Page, status: number, code: string): void {
  assert.equal(page.status, status, page.text)
  assert.ok(page.text.includes(`>${code}<`), `The page does not say ${code}: ${page.text}`)
}

/** Where the page's link to a new sign-in at the provider would lead in the end. */
export function retryPath(page: Page, provider = 'acme'): string | null {
  const href = new RegExp(`href="([^"]*/login/${provider}[^"]*)"`).exec(page.text)?.[1]
  assert.ok(href, `No link to a new sign-in: ${page.text}`)
  return new URL(href.replaceAll('&amp;', '&'), page.url).searchParams.get('return_to')
}
