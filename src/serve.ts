import { clearInheritedSockets } from './config/load.js'
import type { Config } from './config/types.js'
import { CLIENT_LIMITS, type ClientLimits, type HttpServer, listen } from './http-server.js'
import { requireLoopback, resolveConfig } from './place-config.js'
import { build, type Overrides, type Vestibule } from './server.js'

export interface Running {
  /** The URL to open. */
  url: string
  /** Where it listens, which a proxy in front has to know; undefined for a socket file. */
  port: number | undefined
  devProviderUrl: string | undefined
  vestibule: Vestibule
  /** Finishes what is in flight, then closes. */
  stop(): Promise<void>
}

/** Binds the ports, builds the app for the addresses that came out, starts it and opens the doors. */
export async function serve(config: Config, overrides: Overrides = {}): Promise<Running> {
  const servers: HttpServer[] = []
  let vestibule: Vestibule | undefined
  // A start that fails halfway must let go of the database too, or the process would live on without serving.
  const stop = async () => {
    vestibule?.devProvider?.abortAll()
    await closeAll(servers)
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

async function closeAll(servers: readonly HttpServer[]): Promise<void> {
  await Promise.all(servers.map(server => server.close()))
}
