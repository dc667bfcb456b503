import type { Config } from './config/types.js'
import { publicHalf } from './crypto/rsa-sha1.js'
import { createDevProvider, type DevProvider } from './dev-provider/app.js'
import type { Client } from './dev-provider/clients.js'
import type { Pause } from './dev-provider/fault-injection.js'
import type { Outbound } from './net/outbound.js'
import { findPreset } from './providers/catalog.js'
import type { Provider } from './providers/provider.js'

interface Parts {
  config: Config & { publicUrl: string }
  /** The development provider's own origin. */
  url: string
  rows: readonly Provider[]
  outbound: Outbound
  viewsDir: string
  now(): number
  pause: Pause | undefined
}

/** The development provider, standing in for those that our rows name. */
export const standIn = ({ config, url, rows, outbound, viewsDir, now, pause }: Parts): DevProvider =>
  createDevProvider({
    ...{ appOrigin: config.publicUrl, url, viewsDir, now, pause },
    clients: clientsOf(config, rows),
    post: postTo.bind(null, outbound),
  })

/** How the development provider calls the app. */
async function postTo(outbound: Outbound, url: string, body: string): Promise<number> {
  const slot = outbound.takeSlot('the development provider')
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  try {
    return (await slot.send({ method: 'POST', url, headers, body })).status
  } finally {
    slot.release()
  }
}

/** The clients that it knows: ours, as our rows describe themselves. */
function clientsOf({ providers, publicUrl, basePath }: Parts['config'], rows: readonly Provider[]): Client[] {
  const home = publicUrl + basePath
  const devNames = new Set(
    providers.filter(({ preset }) => preset && findPreset(preset)?.development).map(({ name }) => name),
  )
  return rows
    .filter(({ name }) => devNames.has(name))
    .map(row => ({
      ...{ protocol: row.protocol, clientId: row.clientId, clientSecret: row.clientSecret, name: 'Vestibule' },
      loginUrl: `${home}/login/${row.name}`,
      redirectUris: [home + row.callbackPath],
      postLogoutRedirectUris: [`${home}/signed-out`],
      ...(row.protocol === 'oidc' && { backchannelLogoutUri: `${home}/oauth/${row.name}/backchannel-logout` }),
      ...(row.protocol === 'oauth1' && row.privateKey && { publicKey: publicHalf(row.privateKey) }),
    }))
}
