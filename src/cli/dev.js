// `npm run dev`: compiles src and migrations, starts the app, and does it again whenever they, views or env change.
// The app that runs is left alone until a new build is whole. Tests are not compiled, and dist is not touched.
import './node-version.cjs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { compile, newFolder, pointDevLink, ROOT, removeOldBuilds } from './compile.js'
import { serveWords } from './words-page.js'

const PROJECT = `${ROOT}src/cli/tsconfig.dev.json`
/** What has to be compiled, and what is read at the start only. */
const CODE = { folders: ['src', 'migrations'], names: /\.ts$/ }
const FILES = { folders: ['views', 'env'], names: /\.(?:njk|css|svg)$|(?:^|[\\/])\.env[.\w]*$/ }

const POLL_MS = 400
/** Longer than the app gives to the requests under way when it stops. */
const STOP_TIMEOUT_MS = 12_000
const MAX_WORDS = 20_000

/** Folders of whole builds: the newest, and the one before, which a command may still be loading. */
let builds = []
let buildCount = 0
let compilation
/** The process of the app, and when it is over. */
let app
let page
let isEnding = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal))
removeOldBuilds()
await watch()

async function watch() {
  const built = { code: undefined, files: undefined }
  while (!isEnding) {
    const seen = await settled()
    if (seen.code !== built.code) {
      if (await build()) await restart()
    } else if (seen.files !== built.files && builds.length > 0) await restart()
    Object.assign(built, seen)
    await wait(POLL_MS)
  }
}

/** What the files are like, as soon as they stay so for a moment: an editor or git writes several. */
async function settled() {
  const seen = { code: fingerprint(CODE), files: fingerprint(FILES) }
  await wait(POLL_MS / 4)
  const isSame = seen.code === fingerprint(CODE) && seen.files === fingerprint(FILES)
  return isSame ? seen : settled()
}

/**
 * By time and size, because a changed mode changes nothing. Looked at again and again rather than watched: the system
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
  say('Compiling ...')
  buildCount += 1
  const folder = newFolder(buildCount)
  compilation = compile(PROJECT, folder)
  const { isWhole, words } = await compilation.result
  if (isEnding) return false
  if (!isWhole) {
    rmSync(ROOT + folder, { recursive: true, force: true })
    console.error(words)
    if (app) say('This does not compile. The app goes on as it was before.')
    else await showPage('This does not compile yet', words)
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
  // Detached, so that Ctrl-C in the terminal asks it once, by us: a second signal would end it at once.
  const child = spawn(process.execPath, [`${ROOT}${builds[0]}/src/main.js`], {
    detached: true,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    process.stderr.write(text)
    words = (words + text).slice(-MAX_WORDS)
  })
  const started = { child, isStopped: false, closed: once(child, 'close') }
  child.once('close', (code, signal) => {
    if (started.isStopped) return
    app = undefined
    say(`The app ended (${signal ?? code}). It starts again when a file changes.`)
    return showPage('The app ended', words || `It ended with ${signal ?? code}, and wrote nothing to stderr.`)
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

async function showPage(heading, words) {
  await closePage()
  page = serveWords(heading, words)
  const { url } = (await page) ?? {}
  if (url) say(`Until then a page says so at ${url}`)
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

function say(words) {
  console.error(`\n  ${words}\n`)
}
