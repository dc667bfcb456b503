import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { APP_ROOT } from './command-line/with-config.js'

/** `vestibule --version`: the version of package.json. */
export function printVersion(print: (line: string) => void): number {
  const manifest: { version: string } = JSON.parse(readFileSync(join(APP_ROOT, 'package.json'), 'utf8'))
  print(manifest.version)
  return 0
}
