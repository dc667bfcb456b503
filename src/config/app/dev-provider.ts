import { joinWords } from '../errors.js'
import type { EnvValues, SettingsReader } from '../reader.js'
import type { Config, PresetCatalog, ProviderSettings } from '../types.js'
import { isLoopback, readChoice, readOrigin } from '../value-readers.js'

const DEFAULT_DEV_PROVIDER_URL = 'http://127.0.0.1:3001'
const HOW_TO_EXPOSE = 'in a container, set DEV_PROVIDER_EXPOSED=yes'
/** The end of an issue's text. */
export const DEV_PROVIDER_RISK = `the development provider lets everyone sign in as anyone; remove it from PROVIDERS, or, ${HOW_TO_EXPOSE}`

/**
 * Where the app runs: the development provider lets everyone sign in as anyone, so it must not be reachable from
 * elsewhere.
 */
interface DevProviderContext {
  process: EnvValues
  publicUrl: string | undefined
  /** Undefined: a socket, which has no address. */
  listenHost: string | undefined
}

/** The development provider; undefined when PROVIDERS names none of its protocols. */
export function readDevProvider(
  reader: SettingsReader,
  providers: readonly ProviderSettings[],
  catalog: PresetCatalog,
  context: DevProviderContext,
): Config['devProvider'] {
  const url = readDevProviderUrl(reader)
  const exposed = readChoice(reader, 'DEV_PROVIDER_EXPOSED', ['yes']) === 'yes'
  const devProviders = providers.filter(({ preset }) => preset !== undefined && catalog[preset]?.development)
  if (devProviders.length === 0) return undefined

  const names = joinWords(devProviders.map(each => each.name))
  if (!reader.local) {
    reader.addIssue('PROVIDERS', `names ${names}, the development provider, which is for environment local only`)
  } else if (exposed) {
    reader.warn('DEV_PROVIDER_EXPOSED', 'is yes: EVERYONE WHO CAN REACH THIS APP CAN SIGN IN AS ANYONE')
  } else {
    requireLoopback(reader, context)
  }
  return { url: url ?? DEFAULT_DEV_PROVIDER_URL, tryNextPort: url === undefined, exposed }
}

function readDevProviderUrl(reader: SettingsReader): string | undefined {
  const url = readOrigin(reader, 'DEV_PROVIDER_URL', DEFAULT_DEV_PROVIDER_URL)
  if (!url || isLoopback(url.hostname)) return url?.origin
  return reader.addIssue(
    'DEV_PROVIDER_URL',
    `is "${url.origin}"; write a loopback address, like ${DEFAULT_DEV_PROVIDER_URL}`,
  )
}

function requireLoopback(reader: SettingsReader, { process, publicUrl, listenHost }: DevProviderContext): void {
  const ending = `and ${DEV_PROVIDER_RISK}`
  if (process.NODE_ENV === 'production') reader.addIssue('NODE_ENV', `is "production", ${ending}`)
  if (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname)) {
    reader.addIssue('PUBLIC_URL', `is "${publicUrl}", which is not a loopback address, ${ending}`)
  }
  if (listenHost !== undefined && !isLoopback(listenHost)) {
    reader.addIssue('LISTEN_HOST', `is "${listenHost}", which is not a loopback address, ${ending}`)
  }
}
