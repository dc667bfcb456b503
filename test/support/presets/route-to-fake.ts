import type { CallSlot } from '../../../src/http/call-slot.js'
import type { HttpRequest } from '../../../src/http/types.js'
import type { Overrides } from '../../../src/server.js'
import type { AppBehindTls } from '../behind-tls.js'
import type { FakeProvider } from '../fake-provider.js'
import { HttpBrowser, hiddenFields, type Page } from '../http-browser.js'

/** Leads every call of an app to one far side, whose paths are then whole URLs: `/https://api.example.org/user`. */
export const outsideAt = ({ origin }: FakeProvider): Overrides => {
  // Whoever named the URL is at the far side too.
  const there = (request: HttpRequest) => ({
    ...request,
    ...{ url: `${origin}/${request.url}`, discovered: { by: origin, fromPrivateNetwork: true } },
  })
  const leading = (slot: CallSlot): CallSlot => ({
    ...slot,
    send: request => slot.send(there(request)),
    stream: request => slot.stream(there(request)),
  })
  return {
    httpClient: client => ({
      ...client,
      takeSlot: (provider, use) => leading(client.takeSlot(provider, use)),
      waitForSlot: async (provider, person, use) => leading(await client.waitForSlot(provider, person, use)),
    }),
  }
}

/** The path of a URL at the far side. */
export const fakePath = (url: string): string => `/${url.split('?', 1)[0]}`

/** A visitor for whom the whole web, but for the app, is that far side. */
export class RoutedBrowser extends HttpBrowser {
  constructor(
    private readonly app: AppBehindTls,
    private readonly far: FakeProvider,
  ) {
    super(app.origin)
  }

  override ask(path: string, how: Parameters<HttpBrowser['ask']>[1] = {}): Promise<Page> {
    const { href, origin } = new URL(path, this.app.origin)
    if (origin === this.app.origin) return super.ask(this.app.inside(href), how)
    return super.ask([this.app.proxyUrl, this.far.origin].includes(origin) ? href : `${this.far.origin}/${href}`, how)
  }

  /** Signs in at a provider; a page of its own that posts to us is sent on, as its script would. */
  async enter(provider: string): Promise<Page> {
    const page = await this.follow(`/login/${provider}?return_to=/profile`)
    const action = /<form method="post" action="(https:\/\/app\.example\/[^"]+)"/.exec(page.text)?.[1]
    if (action === undefined) return page
    // From another site, so that no cookie of ours comes along.
    const back = await new RoutedBrowser(this.app, this.far).ask(action, {
      ...{ method: 'POST', form: hiddenFields(page.text) },
      headers: { Accept: 'text/html', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
    })
    return back.location ? this.follow(back.location) : back
  }
}
