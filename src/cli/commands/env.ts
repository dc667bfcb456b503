import { parseArgs } from 'node:util'
import type { AppUrl, KnownProviderSettings } from '../../config/load.js'
import { isProviderName, nearestPreset } from '../../config/provider/provider-names.js'
import { type ProviderSuffix, providerSettings } from '../../config/provider/provider-settings.js'
import { isProtocol, PROTOCOLS, REQUIRED_SETTINGS } from '../../config/provider/read-provider.js'
import { globalSettings, isAvailable, settingOf } from '../../config/settings.js'
import type { PresetCatalog, PresetInfo, ProtocolName, Setting } from '../../config/types.js'
import { EXIT } from '../command-line/process.js'
import type { TextOutput } from './secrets.js'

const USAGE_TEXT = `Usage: vestibule env [--provider <name> [--protocol oauth2|oidc|oauth1]]

Prints every setting with its meaning and default, as a commented .env file.
It shows nothing of your own settings. With --provider it prints what one provider needs,
and the URLs to register there.
`

const SETTINGS_HEAD = `# Every setting of Vestibule. The first source that has one is used: the process environment, then env/<ENVIRONMENT>/.env.secret,
# then env/<ENVIRONMENT>/.env. NAME_FILE=/path reads a setting from a file. Put values with a # in single quotes.
`

const PROVIDER_HEAD = `# Each provider of PROVIDERS has these, under its name in upper case with _ for -. Here it is github.
`

/** `vestibule env`: prints the table of settings, never their values. Returns the exit code. */
export function printSettings(args: readonly string[], out: TextOutput): number {
  if (args.length > 0) {
    out.write(USAGE_TEXT)
    return args.length === 1 && args[0] === '--help' ? EXIT.ok : EXIT.usage
  }
  const globalEntries = globalSettings.filter(isAvailable).map(setting => formatSetting(setting.name, setting))
  const providerEntries = providerSettings
    .filter(isAvailable)
    .map(setting => formatSetting(settingOf('github', setting.name), setting))
  out.write([SETTINGS_HEAD, ...globalEntries, PROVIDER_HEAD, ...providerEntries].join('\n'))
  return EXIT.ok
}

function formatSetting(name: string, { meaning, default: standard, secret }: Setting): string {
  const notes = [standard && `default: ${standard}`, secret && 'secret: keep it in .env.secret'].filter(Boolean)
  const comment = [meaning, ...notes].join('; ').replaceAll('`', '')
  const value = /^`([^`<>]+)`$/.exec(standard)?.[1] ?? ''
  return `# ${comment}\n# ${name}=${value}\n`
}

interface ProviderEnvContext {
  catalog: PresetCatalog
  /** Runs a function that needs the URL of the app and what is set for a provider. Returns an exit code. */
  withAppUrl(provider: string, command: (app: AppUrl & KnownProviderSettings) => number): number
  stdout: TextOutput
  stderr: TextOutput
}

/**
 * `vestibule env --provider NAME [--protocol P]`: the settings that a provider needs, and the URLs to register there.
 */
export function printProviderEnv(
  args: readonly string[],
  { catalog, withAppUrl, stdout, stderr }: ProviderEnvContext,
): number {
  const usageError = (sentence: string) => {
    const presets = `Presets: ${Object.keys(catalog).join(', ')}`
    const usage = `Usage: vestibule env --provider <name> [--protocol ${PROTOCOLS.join('|')}]`
    stderr.write(`${sentence && `${sentence}\n\n`}${presets}\n\n${usage}\n`)
    return EXIT.usage
  }
  const parsed = readOptions(args)
  if (typeof parsed === 'string') return usageError(parsed)
  const { name, protocol } = parsed
  if (name === undefined) return usageError('')
  if (!isProviderName(name)) {
    return usageError(`There is no preset "${name}", and no provider can have that name: a name has lower-case words.`)
  }
  return withAppUrl(name, app => {
    const provider = resolveProvider(name, protocol, app, catalog)
    if (provider === undefined) return usageError(unknownPresetMessage(name, catalog))
    stdout.write(formatProvider(provider, app))
    return EXIT.ok
  })
}

function readOptions(args: readonly string[]): { name?: string; protocol?: ProtocolName } | string {
  try {
    const options = { provider: { type: 'string' }, protocol: { type: 'string' } } as const
    // Without a name, the usage text lists the presets.
    const { values } = parseArgs({ args: args.length === 1 && args[0] === '--provider' ? [] : [...args], options })
    const { provider, protocol } = values
    if (protocol !== undefined && !isProtocol(protocol))
      return `--protocol is oauth2, oidc or oauth1, not "${protocol}".`
    return { ...(provider !== undefined && { name: provider }), ...(protocol && { protocol }) }
  } catch {
    return 'vestibule env takes --provider with one name, and --protocol.'
  }
}

function unknownPresetMessage(name: string, catalog: PresetCatalog): string {
  const near = nearestPreset(name, catalog)
  return [
    `There is no preset "${name}".${near ? ` Did you mean ${near}?` : ''}`,
    `For a provider of your own, add its protocol: vestibule env --provider ${name} --protocol oidc`,
  ].join('\n')
}

interface DescribedProvider {
  name: string
  protocol: ProtocolName
  /** Of its preset; undefined for a custom provider. */
  info: PresetInfo | undefined
}

/**
 * Uses the preset, unless another protocol than that of the preset was asked for; undefined where no protocol is known.
 */
function resolveProvider(
  name: string,
  requested: ProtocolName | undefined,
  { preset, protocol: set }: KnownProviderSettings,
  catalog: PresetCatalog,
): DescribedProvider | undefined {
  const key = preset ?? name
  const info = Object.hasOwn(catalog, key) ? catalog[key] : undefined
  const protocol = requested ?? (isProtocol(set) ? set : undefined)
  if (info && (info.development || protocol === undefined || protocol === info.protocol)) {
    return { name, protocol: info.protocol, info }
  }
  return protocol && { name, protocol, info: undefined }
}

function formatProvider(provider: DescribedProvider, app: AppUrl & KnownProviderSettings): string {
  const { name, info } = provider
  const folder = `env/${app.environment}`
  const { open, secret } = settingsFor(provider)
  return [
    `# Sign in with ${info?.label ?? name}${info?.development ? ': there is nothing to register.' : '. Register an app there with this callback URL:'}`,
    ...(info?.development ? [] : ['#', `#   ${app.url}${app.callbackPath}`, ...logoutLines(provider, app)]),
    ...(info?.httpsOnly && !app.url.startsWith('https:')
      ? ['#', `# ${info.label} accepts no callback URL on http: set PUBLIC_URL to one on https first.`]
      : []),
    '',
    `# ${folder}/.env: add it to the other providers.`,
    `# PROVIDERS=${name}`,
    ...open,
    ...(secret.length > 0 ? ['', `# ${folder}/.env.secret, which git does not see.`, ...secret] : []),
    '',
  ].join('\n')
}

const logoutLines = ({ name, protocol }: DescribedProvider, { url }: AppUrl): string[] =>
  protocol === 'oidc'
    ? [
        '#',
        '# and, where it asks for them, with these URLs:',
        '#',
        `#   post-logout redirect URI   ${url}/signed-out`,
        `#   back-channel logout URI    ${url}/oauth/${name}/backchannel-logout`,
      ]
    : []

interface SettingLines {
  open: string[]
  secret: string[]
}

function settingsFor(provider: DescribedProvider): SettingLines {
  const { name, protocol, info } = provider
  if (info) return settingsOfPreset(name, info)
  const needed = REQUIRED_SETTINGS[protocol].map(suffix => settingLine(name, suffix, meaningOf(suffix)))
  const label = `\n# ${meaningOf('LABEL')}\n# ${settingOf(name, 'LABEL')}=`
  return {
    open: [
      settingLine(name, 'PROTOCOL', 'the protocol of the provider', protocol),
      ...needed,
      settingLine(name, 'CLIENT_ID', meaningOf('CLIENT_ID')),
      label,
    ],
    secret: [settingLine(name, 'CLIENT_SECRET', meaningOf('CLIENT_SECRET'))],
  }
}

function settingsOfPreset(name: string, info: PresetInfo): SettingLines {
  if (info.development) return { open: [], secret: [] }
  const { baseUrl, tenant, createsClientSecret } = info
  const open = [settingLine(name, 'CLIENT_ID', meaningOf('CLIENT_ID'))]
  if (typeof baseUrl === 'object') {
    open.push(settingLine(name, 'BASE_URL', `the URL of your ${info.label}, like ${baseUrl.example}`))
  }
  if (typeof baseUrl === 'string') {
    open.push(`\n# only for an installation of your own\n# ${settingOf(name, 'BASE_URL')}=${baseUrl}`)
  }
  if (tenant) {
    const value = tenant.defaultValue === undefined ? '' : tenant.defaultValue
    open.push(settingLine(name, 'TENANT', tenant.howToWrite, value))
  }
  if (!createsClientSecret) return { open, secret: [settingLine(name, 'CLIENT_SECRET', meaningOf('CLIENT_SECRET'))] }
  open.push(settingLine(name, 'KEY_ID', 'the id of the private key'))
  open.push(`\n# the file of the private key, as it was downloaded\n${settingOf(name, 'PRIVATE_KEY')}_FILE=`)
  return { open, secret: [] }
}

const settingLine = (name: string, suffix: ProviderSuffix, meaning: string, value = ''): string =>
  ['', `# ${meaning}`, `${settingOf(name, suffix)}=${value}`].join('\n')

const meaningOf = (suffix: ProviderSuffix): string =>
  (providerSettings.find(each => each.name === suffix)?.meaning ?? '').replaceAll('`', '')
