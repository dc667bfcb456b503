import type { Config } from '../config/types.js'
import { standardOutput } from '../ops/standard-output.js'
import { type Running, serve } from '../serve.js'
import { expectShortLives } from './short-lives.js'
import { firstSignal } from './signal.js'

/** `vestibule serve`, and `npm start`: serves until a signal comes, then finishes what is in flight. */
export async function serveUntilSignal(config: Config): Promise<number> {
  expectShortLives()
  const running = await serve(config)
  announce(config, running)
  await firstSignal()
  await running.stop()
  return 0
}

function announce({ local, environment }: Config, running: Running): void {
  const { url, devProviderUrl, vestibule } = running
  if (!local) return vestibule.log.info({ url, environment }, `Vestibule serves ${url}`)
  const print = (line: string) => standardOutput().write(`${line}\n`)
  print('')
  print(`  Vestibule             ${url}`)
  if (devProviderUrl) print(`  Development provider  ${devProviderUrl}`)
  print('')
  print('  Open the first one in a browser. Ctrl-C stops.')
  print('')
}
