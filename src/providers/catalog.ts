import type { PresetCatalog, PresetFacts } from '../config/types.js'
import { DEVELOPMENT } from './presets/development.js'
import type { Preset } from './provider.js'
import { githubProfile, githubRepositories } from './quirks/github.js'

/** The built-in rows. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  github: {
    label: 'GitHub',
    protocol: 'oauth2',
    // Its callbacks carry it since April 2026 (RFC 9207).
    issuer: 'https://github.com/login/oauth',
    authorizeUrl: 'https://github.com/login/oauth/authorize',
    tokenUrl: 'https://github.com/login/oauth/access_token',
    userUrl: 'https://api.github.com/user',
    scope: ['read:user', 'user:email'],
    tokenEndpointAuthMethod: 'client_secret_post',
    formEncodedAnswers: true,
    readProfile: githubProfile,
    readRepositories: githubRepositories,
  },
  ...DEVELOPMENT,
}

/** The built-in row of a name, if there is one. */
export const findPreset = (name: string): Preset | undefined =>
  Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined

/** What the configuration has to know of the rows. */
export function presetFacts(): PresetCatalog {
  return Object.fromEntries(Object.entries(PRESETS).map(([name, preset]) => [name, factsOf(preset)]))
}

function factsOf(preset: Preset): PresetFacts {
  const { label, protocol, development, baseUrl, tenant } = preset
  return {
    ...{ label, protocol },
    ...(development && { development }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(tenant && { tenant }),
    ...('mintSecret' in preset && { mintsSecret: true as const }),
    ...('scopeParam' in preset && { scoped: true as const }),
  }
}
