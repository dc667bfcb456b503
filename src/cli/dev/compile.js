// What `npm run build` and `npm run dev` share. Plain JavaScript, because it runs before anything is built.
import { spawn } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const COMPILER = `${ROOT}node_modules/typescript/bin/tsc`

/** The last build of `npm run dev`: a link, which `npx vestibule` prefers to `dist`. */
const DEV_LINK = '.dist-dev'

export const isCompilerInstalled = () => existsSync(COMPILER)

/** A new folder beside `dist`, because the code finds views and env from there. Ignored by git. */
export const newFolder = number => `.dist-${process.pid}-${number}`

/**
 * Compiles a project into a folder. Nothing is written there unless everything compiles.
 * `output` is what the compiler printed; `stop` ends it, and the native compiler that it starts.
 */
export function compile(project, folder) {
  const isTerminal = process.stdout.isTTY === true
  const options = ['--project', project, '--outDir', ROOT + folder, '--noEmitOnError', '--pretty', String(isTerminal)]
  // In a process group of its own, so that both can be ended.
  const child = spawn(process.execPath, [COMPILER, ...options], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const result = new Promise(resolve => child.once('close', code => resolve({ isComplete: code === 0, output })))
  return {
    result,
    stop: () => child.exitCode === null && child.signalCode === null && process.kill(-child.pid, 'SIGKILL'),
  }
}

/** Puts a whole build where `npm start` and `npx vestibule` find it. The old build is missing only between two renames. */
export function replaceDist(folder) {
  const old = newFolder('old')
  if (existsSync(`${ROOT}dist`)) renameSync(`${ROOT}dist`, ROOT + old)
  renameSync(ROOT + folder, `${ROOT}dist`)
  rmSync(ROOT + DEV_LINK, { force: true })
  rmSync(ROOT + old, { recursive: true, force: true })
}

/** Lets `npx vestibule` use this build; one rename, so that there is always one. */
export function pointDevLink(folder) {
  const link = newFolder('link')
  symlinkSync(folder, ROOT + link, 'junction')
  renameSync(ROOT + link, ROOT + DEV_LINK)
}

/** Removes the folders of builds that are no longer being made or used. */
export function removeOldBuilds() {
  const used = lstatSync(ROOT + DEV_LINK, { throwIfNoEntry: false }) && readlinkSync(ROOT + DEV_LINK)
  for (const name of readdirSync(ROOT)) {
    const [, pid] = /^\.dist-(\d+)-\w+$/.exec(name) ?? []
    if (pid && name !== used && !isRunning(Number(pid))) rmSync(ROOT + name, { recursive: true, force: true })
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
