import { DEV_PROVIDER_RISK } from './config/app/dev-provider.js'
import { ConfigError } from './config/errors.js'
import { clearInheritedSockets } from './config/load.js'
import type { Config } from './config/types.js'
import { isLoopback, localOrigin } from './config/value-readers.js'
import { CLIENT_LIMITS, type ClientLimits, type HttpServer, listen } from './http-server.js'
import { build, type Overrides, type Vestibule } from './server.js'
import type { ResolvedConfig } from './services.js'

const DEFAULT_PORT = 3000

export interface Running {
  /** The URL to open. */
  url: string
  /** Where it listens, which a proxy in front has to know; undefined for a socket file. */
  port: number | undefined
  devProviderUrl: string | undefined
  vestibule: Vestibule
  /** Finishes the requests in progress, then closes. */
  stop(): Promise<void>
}

/** Binds the ports, builds the app for the addresses that they got, starts it and begins to handle requests. */
export async function serve(config: Config, overrides: Overrides = {}): Promise<Running> {
  const servers: HttpServer[] = []
  let vestibule: Vestibule | undefined
  // A start that fails halfway must close the database too, or the process would live on without serving.
  const stop = async () => {
    vestibule?.devProvider?.abortAll()
    await Promise.all(servers.map(server => server.close()))
    await vestibule?.stop()
  }
  try {
    const server = await listen(config.listen, limitsOf(config))
    servers.push(server)
    if ('fd' in config.listen) clearInheritedSockets()
    const devServer = await listenForDevProvider(config, server)
    if (devServer) servers.push(devServer)

    const resolved = resolveConfig(config, server, devServer)
    vestibule = build(resolved, overrides)
    await vestibule.start()
    server.handle(vestibule.app.callback(), vestibule.headersTooLarge)
    if (vestibule.devProvider) devServer?.handle(vestibule.devProvider.app.callback())
    const url = `${resolved.publicUrl}${resolved.basePath}/`
    return { url, port: server.port, devProviderUrl: resolved.devProvider?.url, vestibule, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const limitsOf = ({ keepAlive }: Config): ClientLimits => ({ ...CLIENT_LIMITS, keepAliveTimeoutMs: keepAlive })

async function listenForDevProvider(config: Config, server: HttpServer): Promise<HttpServer | undefined> {
  const { devProvider, listen: listenOptions } = config
  if (!devProvider) return undefined
  if (!devProvider.exposed) requireLoopback(server)
  const { hostname, port } = new URL(devProvider.url)
  // In a container the published port arrives at the container's own address, not at its loopback.
  const exposedHost = devProvider.exposed ? ('host' in listenOptions ? listenOptions.host : server.host) : undefined
  const host = exposedHost ?? hostname.replace(/^\[|\]$/g, '')
  return listen({ host, port: Number(port || 80), tryNextPort: devProvider.tryNextPort }, limitsOf(config))
}

/**
 * The development provider lets any user in, so the app must not be reachable from other machines. Addresses in settings
 * are checked with the settings; the address of a socket from systemd is known only now.
 * @throws ConfigError
 */
function requireLoopback({ host }: HttpServer): void {
  if (host === undefined || isLoopback(host)) return
  rejectEnvironment(
    'LISTEN_FDS',
    `hands over a socket at "${host}", which is not a loopback address, and ${DEV_PROVIDER_RISK}`,
  )
}

/**
 * Completes the configuration with what is known only after the sockets are bound.
 * @throws ConfigError if a socket file leaves the origin open
 */
function resolveConfig(config: Config, server: HttpServer, devServer: HttpServer | undefined): ResolvedConfig {
  const publicUrl = config.publicUrl ?? localOrigin(requirePort(server))
  const cookiePrefix = config.cookiePrefix ?? defaultCookiePrefix(config, server)
  if (!config.devProvider || !devServer) return { ...config, publicUrl, cookiePrefix }
  const url = new URL(config.devProvider.url)
  url.port = String(devServer.port)
  return { ...config, publicUrl, cookiePrefix, devProvider: { ...config.devProvider, url: url.origin } }
}

/** Browsers send the cookies of one port to all ports of a host: two local apps would sign each other out. */
const defaultCookiePrefix = ({ local }: Config, { port = DEFAULT_PORT }: HttpServer): string =>
  local && port !== DEFAULT_PORT ? `vestibule-${port}` : 'vestibule'

function requirePort({ port }: HttpServer): number {
  return (
    port ??
    rejectEnvironment('PUBLIC_URL', 'is missing; a socket file has no port, so write the origin that browsers use')
  )
}

function rejectEnvironment(setting: string, text: string): never {
  throw new ConfigError([{ setting, text }], ['the process environment'])
}
