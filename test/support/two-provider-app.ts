// Two providers that know the same people by other names, and one app that knows both.
import type { Overrides } from '../../src/server.js'
import { type Acme, startBeside } from './acme-app.js'
import type { Settings } from './app.js'
import { type FakeOAuth2, type Person, startFakeOAuth2 } from './fake-oauth2.js'
import type { FakeProvider } from './fake-provider.js'
import type { HttpBrowser, Page } from './http-browser.js'

export interface TwoProviderApp extends Omit<Acme, 'far' | 'knows'> {
  /** The default provider. */
  acme: FakeOAuth2
  bolt: FakeOAuth2
}

/** Ada and Grace as each of the two knows them; the subjects are others, the addresses are the same. */
export const AT_ACME = { ada: personOf('ada', 1), grace: personOf('grace', 2) }
export const AT_BOLT = { ada: personOf('ada', 9001), grace: personOf('grace', 9002) }

/** Somebody as a provider tells of them; what a test changes wins, as `{ email_verified: false }`. */
export function personOf(login: string, id: number, changes: Person = {}): Person {
  const name = login.charAt(0).toUpperCase() + login.slice(1)
  return { id, login, name, email: `${login}@example.org`, email_verified: true, ...changes }
}

/** @param extra settings that win over the usual ones, made for the far sides where they depend on them */
export async function startTwoProviderApp(
  extra: Settings | ((acme: FakeOAuth2, bolt: FakeOAuth2) => Settings) = {},
  overrides: Overrides = {},
): Promise<TwoProviderApp> {
  const acme = await startFakeOAuth2('acme', overrides.now)
  const bolt = await startFakeOAuth2('bolt', overrides.now)
  const reset = () => {
    for (const far of [acme, bolt]) far.open()
    acme.atKeyboard(AT_ACME.ada)
    bolt.atKeyboard(AT_BOLT.ada)
  }
  reset()
  const stop = async () => {
    await Promise.all([acme.stop(), bolt.stop()])
  }
  const both: FakeProvider = { ...acme, stop }
  const settings = {
    ...{ ...bolt.settings('bolt'), ...acme.settings('acme'), PROVIDERS: 'acme,bolt' },
    ...(typeof extra === 'function' ? extra(acme, bolt) : extra),
  }
  const { far: _, knows: __, ...site } = await startBeside(both, { reset, knows: acme.atKeyboard }, settings, overrides)
  return { ...site, acme, bolt }
}

/** A whole sign-in of somebody at one of the two, in a browser that remembers them for the next one. */
export function signInThrough(
  provider: 'acme' | 'bolt',
  pair: TwoProviderApp,
  visitor: HttpBrowser,
  person: Person,
): Promise<Page> {
  pair[provider].useBrowser(visitor, person)
  return visitor.follow(`/login/${provider}`)
}
