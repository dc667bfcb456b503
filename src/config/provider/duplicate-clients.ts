import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'
import type { ProviderSettings } from '../types.js'

/**
 * Warns when two providers are the same client of the same server: only the callback path then distinguishes their
 * responses.
 */
export function warnDuplicateClients(reader: SettingsReader, providers: readonly ProviderSettings[]): void {
  const owners = new Map<string, string>()
  for (const settings of providers) {
    const { name, clientId } = settings
    if (clientId === undefined) continue
    const client = JSON.stringify([...serverOf(settings), clientId])
    const owner = owners.get(client)
    if (owner) {
      reader.warn(settingOf(name, 'CLIENT_ID'), `is that of ${owner}, at the same provider; register each by itself`)
    }
    owners.set(client, owner ?? name)
  }
}

const serverOf = ({ preset, issuer, authorizeUrl, baseUrl, tenant }: ProviderSettings) =>
  issuer !== undefined ? [issuer] : authorizeUrl !== undefined ? [authorizeUrl] : [preset, baseUrl, tenant]
