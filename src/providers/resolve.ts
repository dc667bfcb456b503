import type { ProviderSettings } from '../config/types.js'
import { findPreset } from './catalog.js'
import { customPreset } from './custom.js'
import type { Preset, Provider } from './provider.js'

/** The development provider knows everybody; with a client of its own, its sign-ins go the way real ones go. */
const DEVELOPMENT_CLIENT = { clientId: 'vestibule', clientSecret: 'no-secret-at-all' }

/**
 * A provider in use: its row, where the settings leave it in place.
 * @param base where the development provider listens; relative URLs start there
 */
export function createProvider(settings: ProviderSettings, base: string): Provider {
  const { development, ...row } = presetOf(settings)
  const userUrl = absolute(settings.userUrl ?? row.userUrl, base)
  return {
    ...row,
    name: settings.name,
    label: settings.label ?? row.label,
    callbackPath: settings.callbackPath,
    ...clientOf(settings, development),
    issuer: issuerOf(settings, row),
    authorizeUrl: absolute(settings.authorizeUrl ?? row.authorizeUrl, base),
    tokenUrl: absolute(settings.tokenUrl ?? row.tokenUrl, base),
    userUrl,
    apiBaseUrl: settings.apiBaseUrl === undefined ? folderOf(userUrl) : withSlash(settings.apiBaseUrl),
    scope: settings.scope ?? row.scope,
    tokenEndpointAuthMethod: settings.tokenEndpointAuthMethod ?? row.tokenEndpointAuthMethod,
    pkce: settings.pkce,
    authorizeParams: settings.authorizeParams,
    tokenParams: settings.tokenParams,
  }
}

function presetOf(settings: ProviderSettings): Preset {
  if (settings.preset === undefined) return customPreset(settings)
  const preset = findPreset(settings.preset)
  if (preset) return preset
  throw new Error(`There is no preset ${settings.preset} for the provider ${settings.name}`)
}

function clientOf({ name, clientId, clientSecret }: ProviderSettings, development: true | undefined) {
  const known = development ? DEVELOPMENT_CLIENT : undefined
  const id = clientId ?? known?.clientId
  if (id === undefined) throw new Error(`The provider ${name} has no client id`)
  return { clientId: id, clientSecret: clientSecret ?? known?.clientSecret }
}

/** A preset's issuer belongs to its own authorization server: another address is another issuer. */
const issuerOf = ({ authorizeUrl }: ProviderSettings, row: Pick<Preset, 'authorizeUrl' | 'issuer'>) =>
  authorizeUrl === undefined || authorizeUrl === row.authorizeUrl ? row.issuer : undefined

/** Absolute URLs stay as they were written. */
const absolute = (url: string, base: string): string => (URL.canParse(url) ? url : new URL(url, base).href)

const folderOf = (url: string): string => new URL('.', url).href

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`)
