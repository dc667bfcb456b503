import type { Place } from '../config/load.js'
import { nearestPreset } from '../config/preset-names.js'
import { providerVariables } from '../config/provider-variables.js'
import type { PresetCatalog, PresetFacts } from '../config/types.js'
import { settingOf } from '../config/variables.js'
import type { Out } from './secrets.js'

const OK = 0
const USAGE = 64

interface Surroundings {
  catalog: PresetCatalog
  /** Runs what needs to know where the app is; answers with an exit code. */
  inPlace(command: (place: Place) => number): number
  out: Out
  complain: Out
}

/** `vestibule env --provider NAME`: the settings that a preset needs, and the callback URL to register. */
export function envOfProvider(name: string | undefined, { catalog, inPlace, out, complain }: Surroundings): number {
  const facts = name !== undefined && Object.hasOwn(catalog, name) ? catalog[name] : undefined
  if (name !== undefined && facts) {
    return inPlace(place => {
      out.write(linesFor(name, facts, place))
      return OK
    })
  }
  const near = name === undefined ? undefined : nearestPreset(name, catalog)
  if (name !== undefined) complain.write(`There is no preset "${name}".${near ? ` Did you mean ${near}?` : ''}\n\n`)
  complain.write(`Presets: ${Object.keys(catalog).join(', ')}\n\nUsage: vestibule env --provider <preset>\n`)
  return USAGE
}

function linesFor(name: string, facts: PresetFacts, place: Place): string {
  const folder = `env/${place.environment}`
  const { open, secret } = settingsFor(name, facts)
  return [
    `# Sign in with ${facts.label}${facts.development ? ': there is nothing to register.' : '. Register an app there with this callback URL:'}`,
    ...(facts.development ? [] : ['#', `#   ${place.url}/oauth/${name}/callback`]),
    ...(facts.httpsOnly && !place.url.startsWith('https:')
      ? ['#', `# ${facts.label} takes no callback on http: set PUBLIC_URL to one on https first.`]
      : []),
    '',
    `# ${folder}/.env: add it to the providers that are there.`,
    `# PROVIDERS=${name}`,
    ...open,
    ...(secret.length > 0 ? ['', `# ${folder}/.env.secret, which git does not see.`, ...secret] : []),
    '',
  ].join('\n')
}

function settingsFor(name: string, facts: PresetFacts): { open: string[]; secret: string[] } {
  if (facts.development) return { open: [], secret: [] }
  const line = (suffix: Parameters<typeof settingOf>[1], meaning: string, value = '') =>
    ['', `# ${meaning}`, `${settingOf(name, suffix)}=${value}`].join('\n')
  const { baseUrl, tenant, mintsSecret } = facts
  const open = [line('CLIENT_ID', meaningOf('CLIENT_ID'))]
  if (typeof baseUrl === 'object') open.push(line('BASE_URL', `where your ${facts.label} is, like ${baseUrl.example}`))
  if (typeof baseUrl === 'string') {
    open.push(`\n# only for one of your own\n# ${settingOf(name, 'BASE_URL')}=${baseUrl}`)
  }
  if (tenant) {
    const value = tenant.standard === undefined ? '' : tenant.standard
    open.push(line('TENANT', tenant.wanted, value))
  }
  if (!mintsSecret) return { open, secret: [line('CLIENT_SECRET', meaningOf('CLIENT_SECRET'))] }
  open.push(line('KEY_ID', 'the id of the private key'))
  open.push(`\n# the file of the private key, as it was downloaded\n${settingOf(name, 'PRIVATE_KEY')}_FILE=`)
  return { open, secret: [] }
}

const meaningOf = (suffix: string): string => providerVariables.find(each => each.name === suffix)?.meaning ?? ''
