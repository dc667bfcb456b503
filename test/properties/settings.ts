import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ConfigError } from '../../src/config/errors.js'
import { parse } from '../../src/config/parse.js'
import { providerSettings } from '../../src/config/provider/provider-settings.js'
import type { Sources } from '../../src/config/reader.js'
import { findSetting, globalSettings, settingOf } from '../../src/config/settings.js'
import type { Config } from '../../src/config/types.js'
import { createKeyring } from '../../src/crypto/keys.js'
import { trustedProxies } from '../../src/net/client-address.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { createAppReturnPaths } from '../../src/server.js'
import { company, prod } from '../config/parse-settings.js'
import { damaged, nasty } from './inputs.js'
import { property } from './property.js'

const SECRET = 'Zq9%f=Q$9qZ'
const BASE = { ...company, ...prod, PROVIDERS: 'github,company', HOME_PATH: '/home' }

const NAMES = [
  ...globalSettings.map(({ name }) => name),
  ...['github', 'company'].flatMap(provider => providerSettings.map(({ name }) => settingOf(provider, name))),
].flatMap(name => [name, name, `${name}_FILE`])
const name = fc.oneof(
  { arbitrary: fc.constantFrom(...NAMES), weight: 8 },
  { arbitrary: damaged(fc.constantFrom(...NAMES)), weight: 1 },
)

const openly = fc.oneof(
  damaged(fc.constantFrom(...Object.values(BASE).map(String))),
  nasty(
    ...['https://login.acme.test', 'http://localhost:3000', '/', '//', '/home', '/login', '?a=b', '#x', 'a@', ':'],
    ...[
      '*',
      'email:',
      'domain:',
      'login:github:',
      'group:company:',
      'admin=',
      ';',
      'github',
      'dev',
      'company',
      ',',
      'on',
      'off',
      'none',
      '7d',
      '30',
    ],
    ...[
      '10.0.0.0/8',
      '::1',
      'sqlite:',
      'postgres://',
      'id.',
      'prompt=login',
      'client_secret_post',
      '/oauth/x/callback',
    ],
  ),
)
const secretly = fc
  .tuple(
    fc.constantFrom('', 'postgres://u:', 'sqlite://', 'example ', 'a=', ','),
    fc.constantFrom('', '@db/x', '\n', '=1'),
  )
  .map(([before, after]) => before + SECRET + after)

/** A misspelt setting may hold a secret as well. */
const isSecret = (setting: string) => findSetting(setting)?.secret === true || !NAMES.includes(setting)
const setting = name.chain(each =>
  fc.oneof(isSecret(each) ? secretly : openly, isSecret(each) ? secretly : fc.constant('')).map(value => [each, value]),
)
const values = fc.array(setting, { maxLength: 6 }).map(list => Object.fromEntries(list))

const sources: fc.Arbitrary<Sources> = fc
  .record({
    environment: fc.constantFrom('prod', 'local', 'staging'),
    process: values,
    file: values,
    secretFile: values,
    base: fc.constantFrom(BASE, BASE, BASE, {}),
    secretText: secretly,
    text: nasty('7d', '/home', 'github'),
  })
  .map(({ environment, process, file, secretFile, base, secretText, text }) => ({
    environment,
    process,
    files: [
      { name: `env/${environment}/.env.secret`, values: secretFile },
      { name: `env/${environment}/.env`, values: { ...base, ...file } },
    ],
    contents: new Map(
      [process, file, secretFile]
        .flatMap(Object.values)
        .map(path => [path, { text: path.includes(SECRET) ? secretText : text }]),
    ),
  }))

/** Whatever stands in the settings. */
export const settings = property(
  'settings are a configuration that can be built, or a list of faults that shows no secret',
  sources,
  given => {
    const reported = outcome(given)
    assert.ok(!reported.includes(SECRET), reported)
  },
)

/** What the operator is told. */
function outcome(given: Sources): string {
  try {
    const { config, warnings } = parse(given, presetCatalog())
    build(config)
    return warnings.map(({ setting, text }) => `${setting} ${text}`).join('\n')
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

/** Everything that an app makes of its settings before it opens anything. */
function build({ local, basePath, homePath, providers, secretKeys, publicUrl, trustedProxies: proxies }: Config): void {
  const origin = publicUrl ?? 'http://localhost:3000'
  assert.ok(local || origin.startsWith('https://'))
  assert.ok(local || secretKeys.length > 0)
  if (secretKeys.length > 0) createKeyring(secretKeys).sealer('flash')
  for (const provider of providers) createProvider(provider, origin)
  createAppReturnPaths({
    publicUrl: origin,
    basePath,
    homePath,
    reserved: providers.map(({ callbackPath }) => callbackPath),
  })
  trustedProxies(proxies)
}
