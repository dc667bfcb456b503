import type { Config } from '../config/types.js'
import { type Running, serve } from '../serve.js'
import { expectShortLives } from './short-lives.js'
import { firstSignal } from './signal.js'

/** `vestibule serve`, and `npm start`: serves until a signal comes, then finishes what is in flight. */
export async function serveUntilSignal(config: Config, print: (line: string) => void): Promise<number> {
  expectShortLives()
  const running = await serve(config)
  announce(config, running, print)
  await firstSignal()
  await running.stop()
  return 0
}

function announce({ local, environment }: Config, running: Running, print: (line: string) => void): void {
  const { url, devProviderUrl, vestibule } = running
  if (!local) return vestibule.log.info({ url, environment }, `Vestibule serves ${url}`)
  print('')
  print(`  Vestibule             ${url}`)
  if (devProviderUrl) print(`  Development provider  ${devProviderUrl}`)
  print('')
  print('  Open the first one in a browser. Ctrl-C stops.')
  print('')
}
