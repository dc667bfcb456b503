import { DEV_PROVIDER_RISK } from './config/dev-provider.js'
import { ConfigError } from './config/errors.js'
import type { Config } from './config/types.js'
import { isLoopback, localOrigin } from './config/urls.js'
import type { PlacedConfig } from './ground.js'
import type { Door } from './listen.js'

const USUAL_PORT = 3000

/**
 * The configuration with what is known only once the sockets are bound.
 * @throws ConfigError where a socket file leaves the origin open
 */
export function placeConfig(config: Config, door: Door, devDoor: Door | undefined): PlacedConfig {
  const publicUrl = config.publicUrl ?? localOrigin(requirePort(door))
  const cookiePrefix = config.cookiePrefix ?? usualCookiePrefix(config, door)
  if (!config.devProvider || !devDoor) return { ...config, publicUrl, cookiePrefix }
  const url = new URL(config.devProvider.url)
  url.port = String(devDoor.port)
  return { ...config, publicUrl, cookiePrefix, devProvider: { ...config.devProvider, url: url.origin } }
}

/** Browsers send the cookies of one port to the others: in local two apps on one machine would sign each other out. */
const usualCookiePrefix = ({ local }: Config, { port = USUAL_PORT }: Door): string =>
  local && port !== USUAL_PORT ? `vestibule-${port}` : 'vestibule'

/**
 * The development provider lets anyone in, so the app must not be reached from elsewhere. Addresses of the settings are
 * checked with them; that of a socket from systemd is known only now.
 * @throws ConfigError
 */
export function requireLoopback({ host }: Door): void {
  if (host === undefined || isLoopback(host)) return
  refuseInherited(
    'LISTEN_FDS',
    `hands over a socket at "${host}", which is not a loopback address, and ${DEV_PROVIDER_RISK}`,
  )
}

function requirePort({ port }: Door): number {
  return (
    port ??
    refuseInherited('PUBLIC_URL', 'is missing; a socket file has no port, so write the origin that browsers use')
  )
}

function refuseInherited(setting: string, text: string): never {
  throw new ConfigError([{ setting, text }], ['the process environment'])
}
