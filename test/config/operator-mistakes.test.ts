import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { load } from '../../src/config/load.js'
import type { EnvValues } from '../../src/config/reader.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { configErrorOf, KEY, prod } from './parse-settings.js'

const root = mkdtempSync(join(tmpdir(), 'vestibule-mistakes-'))
for (const name of ['local', 'staging', 'prod']) {
  cpSync(new URL(`../../../env/${name}/.env`, import.meta.url).pathname, join(root, `env/${name}/.env`))
}
after(() => rmSync(root, { recursive: true }))

/** The whole list of issues, as the operator reads it, without its heading. */
function messageOf(settings: EnvValues): string[] {
  const { message } = configErrorOf(() => load(root, presetCatalog(), { ENVIRONMENT: 'prod', ...settings }))
  return message
    .split('\n')
    .slice(2)
    .filter(Boolean)
    .map(line => line.trim().replace(/ {2,}/g, ' '))
}

const dropped = (name: string): EnvValues => ({ ...prod, [name]: '' })
const MISTAKES: Readonly<Record<string, readonly [settings: EnvValues, ...message: string[]]>> = {
  'the file as it comes': [
    {},
    'PUBLIC_URL is missing; write the origin that browsers use, like https://login.example.org',
    'SECRET_KEYS is missing; make one with: npx vestibule secrets',
    'PROVIDERS is missing; name the providers people sign in with, like github',
    'ALLOWED_USERS is missing; write who may sign in, like email:ada@example.org, or * for everyone',
  ],
  'http in PUBLIC_URL': [
    { ...prod, PUBLIC_URL: 'http://login.example.org' },
    'PUBLIC_URL is "http://login.example.org"; prod needs https://',
  ],
  'a key that is too short': [
    { ...prod, SECRET_KEYS: KEY.slice(0, 20) },
    'SECRET_KEYS is 15 bytes long, not 32; make one with: npx vestibule secrets',
  ],
  'the development provider in prod': [
    { ...prod, PROVIDERS: 'dev' },
    'PROVIDERS names dev, the development provider, which is for environment local only',
  ],
  'a word as a port': [{ ...prod, PORT: 'http' }, 'PORT is "http"; write a number from 0 (any free port) to 65535'],
  'a host name as a proxy': [
    { ...prod, TRUSTED_PROXIES: 'proxy.internal' },
    'TRUSTED_PROXIES names "proxy.internal"; write addresses or ranges, like 127.0.0.1 or 10.0.0.0/8, or unix',
  ],
  'no client secret': [
    dropped('GITHUB_CLIENT_SECRET'),
    'GITHUB_CLIENT_SECRET is missing, and github is one of PROVIDERS',
  ],
  'an environment without a folder': [
    { ...prod, ENVIRONMENT: 'production' },
    'ENVIRONMENT is "production", but there is no folder env/production; write local, prod or staging',
  ],
  'a path in PUBLIC_URL': [
    { ...prod, PUBLIC_URL: 'https://login.example.org/auth/' },
    'PUBLIC_URL is "https://login.example.org/auth/"; write PUBLIC_URL=https://login.example.org and BASE_PATH=/auth',
  ],
  'a base path without its slash': [{ ...prod, BASE_PATH: 'auth/' }, 'BASE_PATH is "auth/"; write /auth'],
  'a whole URL as a base path': [
    { ...prod, BASE_PATH: 'https://login.example.org/auth' },
    'BASE_PATH is "https://login.example.org/auth"; write /auth',
  ],
  'a page of ours as a base path': [
    { ...prod, BASE_PATH: '/login' },
    'BASE_PATH is "/login"; /login is a page of Vestibule, so choose another path, like /auth',
  ],
  'a time without its unit': [
    { ...prod, SESSION_IDLE: '7' },
    'SESSION_IDLE is "7"; did you mean 7d? Or write a time such as 45s, 30m, 12h or 7d',
  ],
  'an idle time longer than the session': [
    { ...prod, SESSION_IDLE: '60d' },
    'SESSION_IDLE is "60d", longer than SESSION_LIFETIME, which is 30d; write 30d at most, or set SESSION_LIFETIME=60d',
  ],
  'a domain without its kind': [
    { ...prod, ALLOWED_USERS: 'example.org' },
    'ALLOWED_USERS has the rule "example.org"; did you mean domain:example.org?',
  ],
  'an at sign and a domain': [
    { ...prod, ALLOWED_USERS: '@example.org' },
    'ALLOWED_USERS has the rule "@example.org"; did you mean domain:example.org?',
  ],
  'an address without its kind': [
    { ...prod, ALLOWED_USERS: 'ada@example.org' },
    'ALLOWED_USERS has the rule "ada@example.org"; did you mean email:ada@example.org?',
  ],
  'a login without its kind': [
    { ...prod, ALLOWED_USERS: 'github:octocat' },
    'ALLOWED_USERS has the rule "github:octocat"; did you mean login:github:octocat?',
  ],
  'a misspelt provider': [
    { ...prod, PROVIDERS: 'githib' },
    'PROVIDERS names githib, which is no known provider; did you mean github?',
  ],
  'a misspelt provider, although nothing else is set of the right one': [
    {
      ...dropped('GITHUB_CLIENT_ID'),
      PROVIDERS: 'githib',
      GITHUB_CLIENT_SECRET: '',
      DEFAULT_PROVIDER: 'github',
      ALLOWED_USERS: 'login:githib:ada',
    },
    'PROVIDERS names githib, which is no known provider; did you mean github?',
  ],
  'a secret file that is missing': [
    {
      ...dropped('GITHUB_CLIENT_SECRET'),
      GITHUB_CLIENT_SECRET: undefined,
      GITHUB_CLIENT_SECRET_FILE: '/run/secrets/github-secret',
    },
    'GITHUB_CLIENT_SECRET_FILE names the file /run/secrets/github-secret, which does not exist',
  ],
  'a secret in place of the path of its file': [
    { ...prod, GITHUB_CLIENT_SECRET: undefined, GITHUB_CLIENT_SECRET_FILE: '5ffcd7c6f3f84a2e8f2b3cc1' },
    'GITHUB_CLIENT_SECRET_FILE names a file (not shown, because it may be the secret itself; write a path such as /run/secrets/name), which does not exist',
  ],
  'quotes of Docker': [
    { ...prod, PUBLIC_URL: '"https://login.example.org"' },
    'PUBLIC_URL is in quotation marks in the process environment, where they are a part of the value; write it without them',
  ],
  'quotes around ENVIRONMENT': [
    { ...prod, ENVIRONMENT: '"prod"' },
    'ENVIRONMENT is ""prod""; write a name such as prod, of lower-case letters, digits and -',
  ],
}

for (const [mistake, [settings, ...message]] of Object.entries(MISTAKES)) {
  test(`an operator's mistake leaves nobody guessing: ${mistake}`, () => {
    assert.deepEqual(messageOf(settings), message)
  })
}

test('B-38: a file of NODE_EXTRA_CA_CERTS that cannot be used is a warning of ours, before a sign-in fails of it', () => {
  const warningsWith = (path: string) =>
    load(root, presetCatalog(), { ENVIRONMENT: 'prod', ...prod, NODE_EXTRA_CA_CERTS: path }).warnings.map(
      ({ setting, text }) => `${setting} ${text}`,
    )
  const end = 'no certificate of it is trusted'
  assert.deepEqual(warningsWith('/nowhere/ca.pem'), [
    `NODE_EXTRA_CA_CERTS names "/nowhere/ca.pem", which does not exist; ${end}`,
  ])
  const file = join(root, 'env/prod/.env')
  assert.deepEqual(warningsWith(file), [`NODE_EXTRA_CA_CERTS names "${file}", which has no certificate in PEM; ${end}`])
  assert.deepEqual(warningsWith(root), [`NODE_EXTRA_CA_CERTS names "${root}", which cannot be read (EISDIR); ${end}`])
  assert.deepEqual(warningsWith(new URL('../../../test/fixtures/tls/ca.pem', import.meta.url).pathname), [])
  assert.deepEqual(warningsWith(''), [])
})
