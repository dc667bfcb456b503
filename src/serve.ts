import { CLIENT_LIMITS, type ClientLimits } from './client-limits.js'
import { clearInheritedSockets } from './config/load.js'
import type { Config } from './config/types.js'
import { bindDoor, type Door } from './listen.js'
import { placeConfig, requireLoopback } from './place-config.js'
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
  const doors: Door[] = []
  let vestibule: Vestibule | undefined
  // A start that fails halfway must let go of the database too, or the process would live on without serving.
  const stop = async () => {
    vestibule?.devProvider?.abortAll()
    await closeAll(doors)
    await vestibule?.stop()
  }
  try {
    const door = await bindDoor(config.listen, limitsOf(config))
    doors.push(door)
    if ('fd' in config.listen) clearInheritedSockets()
    const devDoor = await bindDevDoor(config, door)
    if (devDoor) doors.push(devDoor)

    const placed = placeConfig(config, door, devDoor)
    vestibule = build(placed, overrides)
    await vestibule.start()
    door.open(vestibule.app.callback(), vestibule.headersTooLarge)
    if (vestibule.devProvider) devDoor?.open(vestibule.devProvider.app.callback())
    const url = `${placed.publicUrl}${placed.basePath}/`
    return { url, port: door.port, devProviderUrl: placed.devProvider?.url, vestibule, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const limitsOf = ({ keepAlive }: Config): ClientLimits => ({ ...CLIENT_LIMITS, idle: keepAlive })

async function bindDevDoor(config: Config, door: Door): Promise<Door | undefined> {
  const { devProvider, listen } = config
  if (!devProvider) return undefined
  if (!devProvider.exposed) requireLoopback(door)
  const { hostname, port } = new URL(devProvider.url)
  // In a container the published port arrives at the container's own address, not at its loopback.
  const exposedHost = devProvider.exposed ? ('host' in listen ? listen.host : door.host) : undefined
  const host = exposedHost ?? hostname.replace(/^\[|\]$/g, '')
  return bindDoor({ host, port: Number(port || 80), tryNextPort: devProvider.tryNextPort }, limitsOf(config))
}

async function closeAll(doors: readonly Door[]): Promise<void> {
  await Promise.all(doors.map(door => door.close()))
}
