import assert from 'node:assert/strict'
// Not fetch: Node's says `Sec-Fetch-Mode: cors` of every request, which no navigation does.
import { type Dispatcher, getGlobalDispatcher, request } from 'undici'

export interface Page {
  status: number
  url: string
  headers: Record<string, string | string[] | undefined>
  text: string
  /** Where it redirects to, as an absolute URL. */
  location: string | undefined
}

interface Ask {
  method?: string
  headers?: Record<string, string>
  form?: Record<string, string>
}

export const AS_A_PAGE = { Accept: 'text/html,application/xhtml+xml' }

/** A browser without a screen: it keeps cookies by host, as browsers do, and follows no redirect unasked. */
export class HttpBrowser {
  /** By host name, then by cookie name. Ports share cookies. */
  readonly jar = new Map<string, Map<string, string>>()

  constructor(
    readonly origin: string,
    private readonly dispatcher: Dispatcher = getGlobalDispatcher(),
  ) {}

  async ask(path: string, { method = 'GET', headers = {}, form }: Ask = {}): Promise<Page> {
    const url = new URL(path, this.origin)
    const cookie = this.cookieHeader(url.hostname)
    const {
      statusCode,
      headers: given,
      body,
    } = await request(url, {
      method: method as Dispatcher.HttpMethod,
      dispatcher: this.dispatcher,
      headers: {
        ...(cookie && { Cookie: cookie }),
        ...(form && { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
    })
    this.saveCookies(url.hostname, [given['set-cookie'] ?? []].flat())
    const location = [given.location ?? []].flat()[0]
    return {
      status: statusCode,
      url: url.href,
      headers: given,
      text: await body.text(),
      location: location && new URL(location, url).href,
    }
  }

  /** Opens a page as a person does. */
  open(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.ask(path, { headers: { ...AS_A_PAGE, ...headers } })
  }

  /** Opens a page and goes wherever it leads. */
  async follow(path: string): Promise<Page> {
    let page = await this.open(path)
    for (let hops = 0; page.location && hops < 10; hops++) page = await this.open(page.location)
    return page
  }

  /** Sends a form of a page, with its hidden fields. */
  submit(page: Page, action: string, fields: Record<string, string> = {}): Promise<Page> {
    return this.ask(new URL(action, page.url).href, {
      method: 'POST',
      form: { ...hiddenFields(page.text), ...fields },
      headers: AS_A_PAGE,
    })
  }

  /** Goes through the development provider as one of its people; ends where the app leads. */
  async signIn(person = 'ada', path = '/'): Promise<Page> {
    return this.follow(await this.callbackUrl(person, path))
  }

  /** The same up to the callback's URL, which is not opened yet. */
  async callbackUrl(person = 'ada', path = '/', fault?: string): Promise<string> {
    const choice = await this.follow(path)
    const back = await this.submit(choice, actionOf(choice), { person, ...(fault && { fault }) })
    assert.equal(back.status, 303, back.text)
    return back.location ?? ''
  }

  cookies(host = new URL(this.origin).hostname): Map<string, string> {
    return this.jar.get(host) ?? new Map()
  }

  get sessionCookie(): string | undefined {
    const name = [...this.cookies().keys()].find(cookie => /^(?!dev-provider).*-session$/.test(cookie))
    return name && this.cookies().get(name)
  }

  /** The Cookie header of the next request. */
  cookieHeader(host = new URL(this.origin).hostname): string {
    return [...this.cookies(host)].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  private saveCookies(host: string, lines: string[]): void {
    const cookies = this.jar.get(host) ?? new Map<string, string>()
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ')
      const equals = pair.indexOf('=')
      const name = pair.slice(0, equals)
      const expires = attributes.find(attribute => attribute.startsWith('expires='))?.slice('expires='.length)
      if (expires && Date.parse(expires) <= Date.now()) cookies.delete(name)
      else cookies.set(name, pair.slice(equals + 1))
    }
    this.jar.set(host, cookies)
  }
}

/** Where the first form of a page leads. */
export function actionOf({ text }: Page): string {
  const [form] = /<form\b[^>]*>/.exec(text) ?? []
  assert.ok(form, text)
  return attribute(form, 'action')
}

/** Where the links of a page lead, as absolute URLs. */
export function hrefsOf({ text, url }: Page): string[] {
  const links = [...text.matchAll(/<a\b[^>]*>/g)].map(([link]) => link)
  return links.map(link => new URL(attribute(link, 'href'), url).href)
}

/** The hidden fields of the first form, as a browser would send them. */
export function hiddenFields(html: string): Record<string, string> {
  const form = html.slice(html.indexOf('<form'), html.indexOf('</form>'))
  const inputs = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => input)
  return Object.fromEntries(inputs.map(input => [attribute(input, 'name'), attribute(input, 'value')]))
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
