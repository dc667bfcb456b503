import { publicKeyOf } from './crypto/rsa-sha1.js'
import { createDevProvider, type DevProvider } from './dev-provider/app.js'
import type { Client } from './dev-provider/clients.js'
import type { Pause } from './dev-provider/fault-injection.js'
import type { HttpClient } from './net/http-client.js'
import { findPreset } from './providers/catalog.js'
import type { Provider } from './providers/provider.js'
import type { ResolvedConfig, Services } from './services.js'

/** Creates the development provider, with our own providers as its clients; undefined if PROVIDERS does not name it. */
export function setUpDevProvider(
  config: ResolvedConfig,
  { httpClient, providers, now }: Pick<Services, 'httpClient' | 'providers' | 'now'>,
  viewsDir: string,
  pause: Pause | undefined,
): DevProvider | undefined {
  if (!config.devProvider) return undefined
  return createDevProvider({
    appOrigin: config.publicUrl,
    url: config.devProvider.url,
    clients: devClients(config, providers),
    viewsDir,
    now,
    pause,
    post: (url, body) => postForm(httpClient, url, body),
  })
}

/** Sends a form from the development provider to the app. */
async function postForm(httpClient: HttpClient, url: string, body: string): Promise<number> {
  const slot = httpClient.takeSlot('the development provider')
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  try {
    return (await slot.send({ method: 'POST', url, headers, body })).status
  } finally {
    slot.release()
  }
}

/** Our providers that are the development provider: one client for each of its protocols in use. */
function devClients(config: ResolvedConfig, providers: readonly Provider[]): Client[] {
  const isDev = ({ preset }: ResolvedConfig['providers'][number]) => preset && findPreset(preset)?.development
  const devNames = new Set(config.providers.filter(isDev).map(({ name }) => name))
  const home = config.publicUrl + config.basePath
  return providers.filter(({ name }) => devNames.has(name)).map(provider => toClient(provider, home))
}

function toClient(provider: Provider, home: string): Client {
  const { name, protocol, clientId, clientSecret, callbackPath } = provider
  const client: Client = {
    protocol,
    clientId,
    clientSecret,
    name: 'Vestibule',
    loginUrl: `${home}/login/${name}`,
    redirectUris: [home + callbackPath],
    postLogoutRedirectUris: [`${home}/signed-out`],
  }
  if (provider.protocol === 'oidc') client.backchannelLogoutUri = `${home}/oauth/${name}/backchannel-logout`
  if (provider.protocol === 'oauth1' && provider.privateKey) client.publicKey = publicKeyOf(provider.privateKey)
  return client
}
