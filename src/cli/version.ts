import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './with-config.js'

/** `vestibule --version`: the version of package.json. */
export function version(print: (line: string) => void): number {
  const manifest: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  print(manifest.version)
  return 0
}
