import assert from 'node:assert/strict'
import { HttpBrowser, type Page } from './http-browser.js'

const UBUNTU = 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/'
export const firefox = (version: string): string => UBUNTU + version
export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** A browser of a kind, at an address that a proxy of ours tells. */
export class Device extends HttpBrowser {
  /** @param userAgent empty: it does not say what it is */
  constructor(
    origin: string,
    readonly userAgent = firefox('140.0'),
    readonly address = '198.51.100.7',
  ) {
    super(origin)
  }

  override ask(path: string, ask: Parameters<HttpBrowser['ask']>[1] = {}): Promise<Page> {
    const own = { 'X-Forwarded-For': this.address, ...(this.userAgent && { 'User-Agent': this.userAgent }) }
    return super.ask(path, { ...ask, headers: { ...own, ...ask.headers } })
  }

  /** The same browser, in another tab, with a jar of its own from now on. */
  duplicate(): Device {
    const tab = new Device(this.origin, this.userAgent, this.address)
    for (const [host, cookies] of this.jar) tab.jar.set(host, new Map(cookies))
    return tab
  }
}

/** Sends a form of the account page. */
export const pressAccount = async (
  visitor: HttpBrowser,
  path: string,
  fields: Record<string, string> = {},
): Promise<Page> => visitor.submit(await visitor.open('/account'), path, fields)

/** The sessions on the account page, each as its text, with the path that ends it. */
export function sessionsOn({ text }: Page): { text: string; end: string | undefined }[] {
  assert.ok(text.includes('id="sessions"'), text)
  const list = text.slice(text.indexOf('id="sessions"'), text.indexOf('id="activity"'))
  return [...list.matchAll(/<li class="row">(.*?)<\/li>/gs)].map(([, row = '']) => ({
    text: row.replace(/<button.*?<\/button>|<[^>]+>/gs, ' ').replace(/\s+/g, ' '),
    end: /action="([^"]+)"/.exec(row)?.[1],
  }))
}
