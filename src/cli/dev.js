// `npm run dev`: builds and starts, and does it again whenever src, migrations, views or env change.
import './node-version.cjs'
import { spawn, spawnSync } from 'node:child_process'
import { watch } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const WATCHED = ['src', 'migrations', 'views', 'env']
const QUIET = 150

let app
let timer

function start() {
  const build = spawnSync(process.execPath, [`${root}src/cli/build.js`], { stdio: 'inherit' })
  if (build.status === 0) app = spawn(process.execPath, [`${root}dist/src/main.js`], { stdio: 'inherit' })
}

function restart() {
  if (!app || app.exitCode !== null) return start()
  app.once('exit', start)
  app.kill('SIGTERM')
}

for (const folder of WATCHED) {
  watch(root + folder, { recursive: true }, () => {
    clearTimeout(timer)
    timer = setTimeout(restart, QUIET)
  })
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    app?.once('exit', () => process.exit(0))
    if (!app?.kill(signal)) process.exit(0)
  })
}
start()
