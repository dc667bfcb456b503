// `npm run dev`: compiles src and migrations, starts the app, and repeats this when they, views or env change.
// The app keeps running until a new build is complete. Tests are not compiled, and dist is not changed.
import './node-version.cjs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { compile, newFolder, pointDevLink, ROOT, removeOldBuilds } from './dev/compile.js'
import { serveErrorPage } from './dev/error-page.js'

const PROJECT = `${ROOT}src/cli/dev/tsconfig.dev.json`
/** The files to compile, and the files that the app only reads at its start. */
const CODE = { folders: ['src', 'migrations'], names: /\.ts$/ }
const FILES = { folders: ['views', 'env'], names: /\.(?:njk|css|svg)$|(?:^|[\\/])\.env[.\w]*$/ }

const POLL_MS = 400
/** Longer than the app gives to the requests under way when it stops. */
const STOP_TIMEOUT_MS = 12_000
const MAX_OUTPUT_CHARS = 20_000

/** The folders of complete builds: the newest, and the one before, which a command may still be loading. */
let builds = []
let buildCount = 0
let compilation
/** The process of the app, and the promise of its end. */
let app
let page
let isEnding = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal))
removeOldBuilds()
await watch()

async function watch() {
  const built = { code: undefined, files: undefined }
  while (!isEnding) {
    const current = await waitUntilStable()
    if (current.code !== built.code) {
      if (await build()) await restart()
    } else if (current.files !== built.files && builds.length > 0) await restart()
    Object.assign(built, current)
    await wait(POLL_MS)
  }
}

/** The state of the files, once it has not changed for a moment: an editor or git writes several files. */
async function waitUntilStable() {
  const current = { code: fingerprint(CODE), files: fingerprint(FILES) }
  await wait(POLL_MS / 4)
  const isSame = current.code === fingerprint(CODE) && current.files === fingerprint(FILES)
  return isSame ? current : waitUntilStable()
}

/**
 * By time and size, because a changed mode does not matter. Polled and not watched, because the system
 * limits the number of watchers, and some file systems of containers report no changes.
 */
function fingerprint({ folders, names }) {
  return folders.flatMap(folder => describeFiles(folder, names)).join('\n')
}

function describeFiles(folder, names) {
  try {
    const found = readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' }).filter(name => names.test(name))
    return found.map(name => {
      const { mtimeMs, size } = statSync(`${ROOT}${folder}/${name}`, { throwIfNoEntry: false }) ?? {}
      return `${folder}/${name} ${mtimeMs} ${size}`
    })
  } catch (error) {
    return [`${folder} ${error.code}`] // a folder that was removed meanwhile
  }
}

async function build() {
  print('Compiling ...')
  buildCount += 1
  const folder = newFolder(buildCount)
  compilation = compile(PROJECT, folder)
  const { isComplete, output } = await compilation.result
  if (isEnding) return false
  if (!isComplete) {
    rmSync(ROOT + folder, { recursive: true, force: true })
    console.error(output)
    if (app) print('This does not compile. The app continues to run the last build.')
    else await showPage('This does not compile yet', output)
    return false
  }
  pointDevLink(folder)
  for (const old of builds.slice(1)) rmSync(ROOT + old, { recursive: true, force: true })
  builds = [folder, ...builds.slice(0, 1)]
  return true
}

async function restart() {
  await stopApp('SIGTERM')
  await closePage()
  if (!isEnding) startApp()
}

function startApp() {
  // Detached, so that Ctrl-C in the terminal reaches the app once, through us: a second signal would end it at once.
  const child = spawn(process.execPath, [`${ROOT}${builds[0]}/src/main.js`], {
    detached: true,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    process.stderr.write(text)
    output = (output + text).slice(-MAX_OUTPUT_CHARS)
  })
  const started = { child, isStopped: false, closed: once(child, 'close') }
  child.once('close', (code, signal) => {
    if (started.isStopped) return
    app = undefined
    print(`The app ended (${signal ?? code}). It starts again when a file changes.`)
    return showPage('The app ended', output || `It ended with ${signal ?? code}, and wrote nothing to stderr.`)
  })
  app = started
}

async function stopApp(signal) {
  const started = app
  if (!started) return
  started.isStopped = true
  const timer = setTimeout(() => started.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  started.child.kill(signal)
  await started.closed
  clearTimeout(timer)
  if (app === started) app = undefined
}

async function showPage(heading, output) {
  await closePage()
  page = serveErrorPage(heading, output)
  const { url } = (await page) ?? {}
  if (url) print(`Until then a page shows this at ${url}`)
}

async function closePage() {
  const open = page
  page = undefined
  await (await open)?.close()
}

/** The first signal lets requests under way finish; a second one ends the app at once. The newest build stays for `npx vestibule`. */
async function end(signal) {
  if (isEnding) app?.child.kill('SIGKILL')
  isEnding = true
  compilation?.stop()
  await Promise.all([stopApp(signal === 'SIGHUP' ? 'SIGTERM' : signal), closePage()])
  for (const folder of [newFolder(buildCount), ...builds.slice(1)])
    if (folder !== builds[0]) rmSync(ROOT + folder, { recursive: true, force: true })
  process.exit(0)
}

function print(line) {
  console.error(`\n  ${line}\n`)
}
