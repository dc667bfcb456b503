// `npm run build`, and `prepare` after every `npm ci`. Plain JavaScript, because it runs before anything is built.
import './node-version.cjs'
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const compiler = `${root}node_modules/typescript/bin/tsc`

if (existsSync(compiler)) {
  rmSync(`${root}dist`, { recursive: true, force: true })
  process.exitCode = spawnSync(process.execPath, [compiler, '--project', root], { stdio: 'inherit' }).status ?? 1
} else {
  console.log('The TypeScript compiler is not installed (--omit=dev?), so the build was left as it is.')
}
