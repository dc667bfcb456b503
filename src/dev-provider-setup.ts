import type { Config } from './config/types.js'
import { publicKeyOf } from './crypto/rsa-sha1.js'
import { createDevProvider, type DevProvider } from './dev-provider/app.js'
import type { Client } from './dev-provider/clients.js'
import type { Pause } from './dev-provider/fault-injection.js'
import type { HttpClient } from './net/http-client.js'
import { findPreset } from './providers/catalog.js'
import type { Provider } from './providers/provider.js'

interface DevProviderSetup {
  config: Config & { publicUrl: string }
  /** The development provider's own origin. */
  url: string
  providers: readonly Provider[]
  httpClient: HttpClient
  viewsDir: string
  now(): number
  pause: Pause | undefined
}

/** Creates the development provider, with our own providers in use as its clients. */
export const setUpDevProvider = ({
  config,
  url,
  providers: rows,
  httpClient: outbound,
  viewsDir,
  now,
  pause,
}: DevProviderSetup): DevProvider =>
  createDevProvider({
    ...{ appOrigin: config.publicUrl, url, viewsDir, now, pause },
    clients: devClients(config, rows),
    post: postForm.bind(null, outbound),
  })

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

/** Our own clients, one for each protocol of the development provider in use. */
function devClients(
  { providers, publicUrl, basePath }: DevProviderSetup['config'],
  rows: readonly Provider[],
): Client[] {
  const home = publicUrl + basePath
  const devNames = new Set(
    providers.filter(({ preset }) => preset && findPreset(preset)?.development).map(({ name }) => name),
  )
  return rows
    .filter(({ name }) => devNames.has(name))
    .map(provider => ({
      ...{
        protocol: provider.protocol,
        clientId: provider.clientId,
        clientSecret: provider.clientSecret,
        name: 'Vestibule',
      },
      loginUrl: `${home}/login/${provider.name}`,
      redirectUris: [home + provider.callbackPath],
      postLogoutRedirectUris: [`${home}/signed-out`],
      ...(provider.protocol === 'oidc' && {
        backchannelLogoutUri: `${home}/oauth/${provider.name}/backchannel-logout`,
      }),
      ...(provider.protocol === 'oauth1' && provider.privateKey && { publicKey: publicKeyOf(provider.privateKey) }),
    }))
}
