import { joinWords } from './errors.js'
import { readChoice } from './plain-values.js'
import type { Reading, Values } from './sources.js'
import type { Config, PresetCatalog, ProviderSettings } from './types.js'
import { isLoopback, readOrigin } from './urls.js'

const STANDARD = 'http://127.0.0.1:3001'
const SAY_SO = 'in a container, say DEV_PROVIDER_EXPOSED=yes'
/** The end of an issue. */
export const DEV_PROVIDER_RISK = `the development provider lets anybody in; take it out of PROVIDERS, or, ${SAY_SO}`

/** What the development provider, who lets anybody in as anybody, would stand in. */
interface Surroundings {
  process: Values
  publicUrl: string | undefined
  /** Undefined: no address, or one that is known only when the port is bound. */
  listenHost: string | undefined
}

/** The development provider; undefined when PROVIDERS names no face of it. */
export function readDevProvider(
  reading: Reading,
  providers: readonly ProviderSettings[],
  catalog: PresetCatalog,
  surroundings: Surroundings,
): Config['devProvider'] {
  const url = readDevProviderUrl(reading)
  const exposed = readChoice(reading, 'DEV_PROVIDER_EXPOSED', ['yes']) === 'yes'
  const faces = providers.filter(({ preset }) => preset !== undefined && catalog[preset]?.development)
  if (faces.length === 0) return undefined

  const names = joinWords(faces.map(face => face.name))
  if (!reading.local) {
    reading.addIssue('PROVIDERS', `names ${names}, the development provider, which is for environment local only`)
  } else if (exposed) {
    reading.warn('DEV_PROVIDER_EXPOSED', 'is yes: WHOEVER REACHES THIS APP CAN SIGN IN AS ANYBODY')
  } else {
    judgeSurroundings(reading, surroundings)
  }
  return { url: url ?? STANDARD, portMayMove: url === undefined, exposed }
}

function readDevProviderUrl(reading: Reading): string | undefined {
  const url = readOrigin(reading, 'DEV_PROVIDER_URL', STANDARD)
  if (!url || isLoopback(url.hostname)) return url?.origin
  return reading.addIssue('DEV_PROVIDER_URL', `is "${url.origin}"; write a loopback address, like ${STANDARD}`)
}

function judgeSurroundings(reading: Reading, { process, publicUrl, listenHost }: Surroundings): void {
  const but = `and ${DEV_PROVIDER_RISK}`
  if (process.NODE_ENV === 'production') reading.addIssue('NODE_ENV', `is "production", ${but}`)
  if (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname)) {
    reading.addIssue('PUBLIC_URL', `is "${publicUrl}", which is not a loopback address, ${but}`)
  }
  if (listenHost !== undefined && !isLoopback(listenHost)) {
    reading.addIssue('LISTEN_HOST', `is "${listenHost}", which is not a loopback address, ${but}`)
  }
}
