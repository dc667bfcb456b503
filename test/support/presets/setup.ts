import type { Overrides } from '../../../src/server.js'
import type { Settings } from '../app.js'
import { type AppBehindTls, startBehindTls } from '../behind-tls.js'
import { type FakeProvider, startFakeProvider } from '../fake-provider.js'
import type { Page } from '../http-browser.js'
import { putUpCodeProvider, sendBack } from './code-provider.js'
import { fakePath, outsideAt, RoutedBrowser } from './route-to-fake.js'
import { isSigned, type Refusal, type Script } from './script.js'
import { putUpSignedProvider } from './signed-provider.js'

/** An app whose providers are real rows with their real URLs, and a far side that plays all of them by their scripts. */
export interface PresetApp {
  app: AppBehindTls
  far: FakeProvider
  /** What providers were not asked as they want it. */
  problems: string[]
  newVisitor(): RoutedBrowser
  /** Puts a provider up again, with another script if one is given. */
  put(name: string, script?: Script): void
  /** Signs somebody new in where the provider refuses; ends on the page that tells it. */
  refuse(name: string, refusal: Refusal): Promise<Page>
  stop(): Promise<void>
}

export const clientOf = (name: string) => ({ clientId: `client at ${name}`, clientSecret: `s3cret+at/${name}%&` })

export async function startPresetApp(
  scripts: Readonly<Record<string, Script>>,
  more: Settings = {},
  overrides: Overrides = {},
): Promise<PresetApp> {
  const far = await startFakeProvider()
  const errors: string[] = []
  const settings = Object.entries(scripts).map(([name, script]) => settingsOf(name, script))
  const all = {
    PROVIDERS: Object.keys(scripts).join(),
    DEFAULT_PROVIDER: '',
    // The same person comes in by each of them.
    ACCOUNT_LINKING: 'never',
    ...Object.assign({}, ...settings),
    ...more,
  }
  const app = await startBehindTls(all, { ...outsideAt(far), ...overrides })
  const put = (name: string, script = scripts[name]) => {
    const known = { ...clientOf(name), problems: errors }
    if (!script) throw new Error(`There is no script for ${name}`)
    if (isSigned(script)) putUpSignedProvider(far, script, known)
    else putUpCodeProvider(far, script, known)
  }
  for (const name of Object.keys(scripts)) put(name)

  return {
    ...{ app, far, problems: errors, put },
    newVisitor: () => new RoutedBrowser(app, far),
    async refuse(name, { at, response: reply }) {
      const script = scripts[name]
      if (!script) throw new Error(`There is no script for ${name}`)
      if (typeof at === 'string' && reply) far.on(fakePath(at), reply)
      if (typeof at !== 'string') {
        far.on(fakePath(script.authorize), ({ query }, response) =>
          sendBack(isSigned(script) ? {} : script, query.get('redirect_uri') ?? '', {
            ...at,
            state: query.get('state') ?? '',
          })(response),
        )
      }
      const page = await new RoutedBrowser(app, far).enter(name)
      put(name)
      return page
    },
    async stop() {
      await app.stop()
      await far.stop()
    },
  }
}

function settingsOf(name: string, { settings = {} }: Script): Settings {
  const prefix = `${name.toUpperCase().replaceAll('-', '_')}_`
  const { clientId, clientSecret } = clientOf(name)
  // A row that mints its secret takes none.
  const own = { CLIENT_ID: clientId, ...(!('KEY_ID' in settings) && { CLIENT_SECRET: clientSecret }), ...settings }
  return Object.fromEntries(Object.entries(own).map(([suffix, value]) => [prefix + suffix, value]))
}
