import type { ProviderSuffix } from '../../src/config/provider/provider-settings.js'
import { settingOf } from '../../src/config/settings.js'
import { PRESETS } from '../../src/providers/catalog.js'
import type { Preset } from '../../src/providers/provider.js'
import { SAMPLE_USERS } from '../providers/sample-users.js'

const BEGIN = '<!-- presets: printed by `node dist/test/print-presets.js` -->'
const END = '<!-- /presets -->'
const SPEAKS = { oauth2: 'OAuth 2.0', oidc: 'OpenID Connect', oauth1: 'OAuth 1.0a' }

/** The document with the table of presets as the rows tell it. */
export function withPresets(document: string): string {
  const [head, rest] = document.split(BEGIN)
  const tail = rest?.split(END)[1]
  if (head === undefined || tail === undefined) throw new Error(`The document has no place for it: ${BEGIN} ... ${END}`)
  const rows = Object.entries(PRESETS).filter(([, { development }]) => !development)
  const table = [
    '| preset | provider | speaks | an address counts as verified | needs beside id and secret |',
    '|---|---|---|---|---|',
    ...rows.map(([name, preset]) => `| ${cellsOf(name, preset).join(' | ')} |`),
  ]
  return `${head}${BEGIN}\n\n${table.join('\n')}\n\n${END}${tail}`
}

const cellsOf = (name: string, preset: Preset): string[] => [
  `\`${name}\``,
  preset.label,
  SPEAKS[preset.protocol],
  addressOf(name),
  needsOf(name, preset),
]

/** As the row's own person has it. Microsoft's says so only where its settings over there are changed. */
function addressOf(name: string): string {
  const verified = SAMPLE_USERS[name]?.verified
  if (verified === null) return 'no address is sent'
  if (name === 'microsoft') return 'with the optional claim `xms_edov`'
  return verified ? 'yes' : 'never'
}

function needsOf(name: string, { baseUrl, tenant, httpsOnly, ...preset }: Preset): string {
  const setting = (suffix: ProviderSuffix) => `\`${settingOf(name, suffix)}\``
  return [
    typeof baseUrl === 'object' && `${setting('BASE_URL')} or ${setting('ISSUER')}`,
    typeof baseUrl === 'string' && `${setting('BASE_URL')} for one of your own`,
    'createClientSecret' in preset && `${setting('PRIVATE_KEY')} and ${setting('KEY_ID')} in place of the secret`,
    tenant && setting('TENANT') + (tenant.defaultValue === undefined ? '' : ' for your own tenant'),
    httpsOnly && '`PUBLIC_URL` on https',
  ]
    .filter(Boolean)
    .join('; ')
}
