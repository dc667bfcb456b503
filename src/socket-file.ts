import { lstatSync, statSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { ConfigError } from './config/errors.js'

const OTHERS_MAY_WRITE = 0o002
const STICKY = 0o1000

/**
 * Checks that a socket file can be created at a path. It removes a socket file that no process uses any more, and
 * nothing else.
 * @throws ConfigError
 */
export async function prepareSocketFile(path: string): Promise<void> {
  checkFolder(dirname(path), path)
  const entry = tryFileCall(path, () => lstatSync(path, { throwIfNoEntry: false }))
  if (!entry) return
  if (!entry.isSocket()) rejectSocketFile(path, 'exists already and is not a socket; remove it or write another path')
  if (await isInUse(path))
    rejectSocketFile(path, 'is in use: another process listens there; stop it or write another path')
  tryFileCall(path, () => unlinkSync(path))
}

/** In a folder where every user may replace the file, another user could pretend to be the app. */
function checkFolder(folder: string, path: string): void {
  const stats = tryFileCall(path, () => statSync(folder, { throwIfNoEntry: false }))
  if (!stats?.isDirectory()) return rejectSocketFile(path, `is in ${folder}, which is not a folder; create it first`)
  if (stats.mode & OTHERS_MAY_WRITE && !(stats.mode & STICKY)) {
    rejectSocketFile(path, `is in ${folder}, where every user may replace it; forbid that with chmod o-w`)
  }
}

function isInUse(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(path)
    connection.once('connect', () => resolve(true))
    connection.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      else reject(socketFileError(path, `cannot be checked (${error.code})`))
    })
    connection.once('connect', () => connection.destroy())
  })
}

function tryFileCall<Result>(path: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    return rejectSocketFile(path, `cannot be used (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** @throws ConfigError */
export function rejectSocketFile(path: string, text: string): never {
  throw socketFileError(path, text)
}

const socketFileError = (path: string, text: string) =>
  new ConfigError([{ setting: 'LISTEN_HOST', text: `names the socket file ${path}, which ${text}` }], ['LISTEN_HOST'])
