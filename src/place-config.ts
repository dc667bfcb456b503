import { DEV_PROVIDER_RISK } from './config/app/dev-provider.js'
import { ConfigError } from './config/errors.js'
import type { Config } from './config/types.js'
import { isLoopback, localOrigin } from './config/value-readers.js'
import type { HttpServer } from './http-server.js'
import type { ResolvedConfig } from './services.js'

const DEFAULT_PORT = 3000

/**
 * The configuration with what is known only once the sockets are bound.
 * @throws ConfigError where a socket file leaves the origin open
 */
export function resolveConfig(config: Config, server: HttpServer, devServer: HttpServer | undefined): ResolvedConfig {
  const publicUrl = config.publicUrl ?? localOrigin(requirePort(server))
  const cookiePrefix = config.cookiePrefix ?? defaultCookiePrefix(config, server)
  if (!config.devProvider || !devServer) return { ...config, publicUrl, cookiePrefix }
  const url = new URL(config.devProvider.url)
  url.port = String(devServer.port)
  return { ...config, publicUrl, cookiePrefix, devProvider: { ...config.devProvider, url: url.origin } }
}

/** Browsers send the cookies of one port to the others: in local two apps on one machine would sign each other out. */
const defaultCookiePrefix = ({ local }: Config, { port = DEFAULT_PORT }: HttpServer): string =>
  local && port !== DEFAULT_PORT ? `vestibule-${port}` : 'vestibule'

/**
 * The development provider lets anyone in, so the app must not be reached from elsewhere. Addresses of the settings are
 * checked with them; that of a socket from systemd is known only now.
 * @throws ConfigError
 */
export function requireLoopback({ host }: HttpServer): void {
  if (host === undefined || isLoopback(host)) return
  rejectEnvironment(
    'LISTEN_FDS',
    `hands over a socket at "${host}", which is not a loopback address, and ${DEV_PROVIDER_RISK}`,
  )
}

function requirePort({ port }: HttpServer): number {
  return (
    port ??
    rejectEnvironment('PUBLIC_URL', 'is missing; a socket file has no port, so write the origin that browsers use')
  )
}

function rejectEnvironment(setting: string, text: string): never {
  throw new ConfigError([{ setting, text }], ['the process environment'])
}
