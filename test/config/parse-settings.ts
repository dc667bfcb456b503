import assert from 'node:assert/strict'
import { ConfigError } from '../../src/config/errors.js'
import { type ParsedConfig, parse } from '../../src/config/parse.js'
import type { EnvValues, Sources } from '../../src/config/reader.js'
import type { PresetCatalog } from '../../src/config/types.js'

export const catalog: PresetCatalog = {
  dev: { label: 'Development', protocol: 'oauth2', development: true, hasGroups: true },
  'dev-oidc': { label: 'Development, OpenID', protocol: 'oidc', development: true, hasGroups: true },
  'dev-oauth1': { label: 'Development, OAuth 1.0a', protocol: 'oauth1', development: true },
  github: { label: 'GitHub', protocol: 'oauth2', baseUrl: 'https://github.com', hasGroups: true },
  keycloak: {
    label: 'Keycloak',
    protocol: 'oidc',
    baseUrl: { example: 'https://id.example.org/realms/main' },
    hasGroups: true,
  },
  google: { label: 'Google', protocol: 'oidc' },
  apple: {
    label: 'Apple',
    protocol: 'oidc',
    createsClientSecret: true,
    tenant: { howToWrite: 'your team id, ten letters and digits', isValid: value => /^[A-Z0-9]{10}$/.test(value) },
  },
  trello: { label: 'Trello', protocol: 'oauth1', hasScopeParam: true },
}

export const KEY = 'q3Zt0cXbq8yJ5fJ6m1u1WnXy3yqkq0m0Y0m7q9gkV7o'

/** Environment prod, all in order: each test spoils what it is about. */
export const prod: EnvValues = {
  PUBLIC_URL: 'https://login.acme.test',
  SECRET_KEYS: KEY,
  PROVIDERS: 'github',
  GITHUB_CLIENT_ID: 'Iv1.8a61f9b3a7aba766',
  GITHUB_CLIENT_SECRET: '5ffcd7c6f3f84a2e8f2b3cc1a3b8e5f90f9b1d11',
  ALLOWED_USERS: '*',
  TRUSTED_PROXIES: '127.0.0.1',
}

/** A custom provider, all in order. */
export const company: EnvValues = {
  PROVIDERS: 'company',
  COMPANY_PROTOCOL: 'oauth2',
  COMPANY_AUTHORIZE_URL: 'https://id.acme.test/authorize',
  COMPANY_TOKEN_URL: 'https://id.acme.test/token',
  COMPANY_USER_URL: 'https://id.acme.test/user',
  COMPANY_CLIENT_ID: 'vestibule',
  COMPANY_CLIENT_SECRET: 'b1d11f9b3a7aba766',
}

export const client: EnvValues = { COMPANY_CLIENT_ID: 'vestibule', COMPANY_CLIENT_SECRET: 'b1d11f9b3a7aba766' }
/** The same as an OpenID provider. */
export const oidc: EnvValues = {
  ...client,
  PROVIDERS: 'company',
  COMPANY_PROTOCOL: 'oidc',
  COMPANY_ISSUER: 'https://id.acme.test/realms/main/',
}
/** The same with OAuth 1.0a. */
export const oauth1: EnvValues = {
  ...client,
  PROVIDERS: 'company',
  COMPANY_PROTOCOL: 'oauth1',
  COMPANY_REQUEST_TOKEN_URL: 'https://id.acme.test/initiate',
  COMPANY_AUTHORIZE_URL: 'https://id.acme.test/authorize',
  COMPANY_TOKEN_URL: 'https://id.acme.test/token',
  COMPANY_USER_URL: 'https://id.acme.test/user',
}

type MoreSettings = Partial<Omit<Sources, 'files'>> & {
  file?: EnvValues
  secretFile?: EnvValues
  catalog?: PresetCatalog
}

export const inProd = (file: EnvValues, more: MoreSettings = {}): ParsedConfig =>
  parseSettings({ file: { ...prod, ...file }, ...more })
export const inLocal = (file: EnvValues, more: MoreSettings = {}): ParsedConfig =>
  parseSettings({ environment: 'local', file, ...more })

/** The issues of prod with these settings spoiled, each as `NAME text`. */
export const issuesInProd = (file: EnvValues, more: MoreSettings = {}): string[] => issuesOf(() => inProd(file, more))
export const issuesInLocal = (file: EnvValues, more: MoreSettings = {}): string[] => issuesOf(() => inLocal(file, more))

export const warningsOf = ({ warnings }: ParsedConfig): string[] =>
  warnings.map(({ setting, text }) => `${setting} ${text}`)

export function issuesOf(work: () => unknown): string[] {
  return configErrorOf(work).issues.map(({ setting, text }) => `${setting} ${text}`)
}

export function configErrorOf(work: () => unknown): ConfigError {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  return assert.fail('The configuration was accepted')
}

/** Each case spoils one setting of an environment, and exactly one issue with that text must come of it. */
export function assertIssues(
  issues: (file: EnvValues) => string[],
  cases: readonly (readonly [file: EnvValues, issue: string])[],
): void {
  for (const [file, issue] of cases) assert.deepEqual(issues(file), [issue], JSON.stringify(file))
}

function parseSettings({
  environment = 'prod',
  process = {},
  file = {},
  secretFile,
  pid,
  ...more
}: MoreSettings): ParsedConfig {
  const files = [
    ...(secretFile ? [{ name: `env/${environment}/.env.secret`, values: secretFile }] : []),
    { name: `env/${environment}/.env`, values: file },
  ]
  const contents = more.contents ?? new Map()
  return parse({ environment, process, files, contents, ...(pid && { pid }) }, more.catalog ?? catalog)
}
