import { setFlagsFromString } from 'node:v8'
import type { Config } from '../../config/types.js'
import { standardOutput } from '../../ops/standard-output.js'
import { presetCatalog } from '../../providers/catalog.js'
import { type Running, serve } from '../../serve.js'
import { EXIT, firstSignal } from '../command-line/process.js'

/** `vestibule serve`, and `npm start`: serves until a signal, then finishes the requests in flight. */
export async function serveUntilSignal(config: Config): Promise<number> {
  disablePretenuring()
  const running = await serve(config)
  printStart(config, running)
  await firstSignal()
  await running.stop()
  return EXIT.ok
}

/**
 * V8 guesses from the start-up, when everything is kept, that what a request allocates lives long. It then puts parts of
 * each rendered page where only a full collection frees them: a third of the time of a page.
 */
export function disablePretenuring(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}

function printStart(config: Config, running: Running): void {
  const { local, environment } = config
  const { url, devProviderUrl, vestibule } = running
  if (!local) return vestibule.log.info({ url, environment }, `Vestibule serves ${url}`)
  const print = (line: string) => standardOutput().write(`${line}\n`)
  print('')
  print(`  Vestibule             ${url}`)
  if (devProviderUrl) print(`  Development provider  ${devProviderUrl}`)
  const callbacks = callbackUrls(config, url)
  if (callbacks.length > 0) print('\n  Callback URLs to register:')
  for (const { label, callbackUrl } of callbacks) print(`  ${label.padEnd(20)}  ${callbackUrl}`)
  print('')
  print('  Open the first one in a browser. Ctrl-C stops.')
  print('')
}

/** The callback URLs to register. The development provider is left out, because it knows its own. */
function callbackUrls({ providers }: Config, url: string): { label: string; callbackUrl: string }[] {
  const catalog = presetCatalog()
  return providers.flatMap(({ name, preset, label, callbackPath }) => {
    const info = preset === undefined ? undefined : catalog[preset]
    if (info?.development) return []
    return { label: label ?? info?.label ?? name, callbackUrl: url.slice(0, -1) + callbackPath }
  })
}
