import type { PresetCatalog } from '../config/types.js'
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
  // The development provider's OAuth 2.0 face, shaped like GitHub.
  dev: {
    label: 'Development provider',
    protocol: 'oauth2',
    development: true,
    authorizeUrl: '/login/oauth/authorize',
    tokenUrl: '/login/oauth/access_token',
    userUrl: '/user',
    scope: ['read:user', 'user:email'],
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: githubProfile,
    readRepositories: githubRepositories,
  },
}

/** The built-in row of a name, if there is one. */
export const findPreset = (name: string): Preset | undefined =>
  Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined

/** What the configuration has to know of the rows. */
export function presetFacts(): PresetCatalog {
  const facts = Object.entries(PRESETS).map(([name, { label, protocol, development }]) => [
    name,
    { label, protocol, ...(development && { development }) },
  ])
  return Object.fromEntries(facts)
}
