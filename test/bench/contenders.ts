import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { randomToken } from '../../src/crypto/random.js'
import { type Child, type Start, startChild } from './child-server.js'

export const NAMES = ['vestibule', 'koa', 'passport'] as const
export type Name = (typeof NAMES)[number]

/** For each contender one of something; bare Koa has no sign-in and no database. */
export type Each<T> = Partial<Record<Name, T>>

export interface Field {
  folder: string
  /** The provider's origin. */
  provider: string
  pin: readonly string[]
  secret: string
}

export const databaseOf = (name: Name, { folder }: Field): string => join(folder, `${name}.db`)

export function createField(folder: string, provider: string, pin: readonly string[]): Field {
  // The folder that the app looks for its environment in; there are no settings in it.
  mkdirSync(join(folder, 'env', 'local'), { recursive: true })
  return { folder, provider, pin, secret: randomToken() }
}

/** Starts a contender; on its second start its database is there already. */
export function startContender(name: Name, field: Field): Promise<Child> {
  const settings: Record<Name, Start['settings']> = {
    koa: () => ({}),
    passport: () => ({ PROVIDER: field.provider, DATABASE: databaseOf('passport', field), SECRET: field.secret }),
    vestibule: origin => settingsOfOurs(origin, field),
  }
  const entry = `contenders/${name}.js`
  return startChild({ entry, settings: settings[name], cwd: field.folder, pin: field.pin })
}

/** Our settings, with the bench's provider as a custom one, in both protocols. */
export const settingsOfOurs = (origin: string, field: Field) => ({
  PUBLIC_URL: origin,
  COOKIE_PREFIX: 'vestibule',
  DATABASE_URL: `sqlite:${databaseOf('vestibule', field)}`,
  SECRET_KEYS: field.secret,
  PROVIDERS: 'acme,op',
  DEFAULT_PROVIDER: 'acme',
  ACME_PROTOCOL: 'oauth2',
  ACME_LABEL: 'Acme',
  ACME_CLIENT_ID: 'bench',
  ACME_CLIENT_SECRET: 'bench-secret',
  ACME_AUTHORIZE_URL: `${field.provider}/authorize`,
  ACME_TOKEN_URL: `${field.provider}/token`,
  ACME_USER_URL: `${field.provider}/user`,
  OP_PROTOCOL: 'oidc',
  OP_CLIENT_ID: 'bench',
  OP_CLIENT_SECRET: 'bench-secret',
  OP_ISSUER: field.provider,
})
