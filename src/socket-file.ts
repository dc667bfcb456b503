import { lstatSync, statSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { ConfigError } from './config/errors.js'

const OTHERS_MAY_WRITE = 0o002
const STICKY = 0o1000

/**
 * Checks that a socket file can be made at a path. One that a process left behind is removed; nothing else ever is.
 * @throws ConfigError
 */
export async function prepareSocketFile(path: string): Promise<void> {
  checkFolder(dirname(path), path)
  const entry = tryFileCall(path, () => lstatSync(path, { throwIfNoEntry: false }))
  if (!entry) return
  if (!entry.isSocket()) rejectSocketFile(path, 'is there already and is no socket; remove it or write another path')
  if (await isInUse(path))
    rejectSocketFile(path, 'is in use: another process listens there; stop it or write another path')
  tryFileCall(path, () => unlinkSync(path))
}

/** In a folder where everybody may replace the file, another user could take the place of the app. */
function checkFolder(folder: string, path: string): void {
  const stats = tryFileCall(path, () => statSync(folder, { throwIfNoEntry: false }))
  if (!stats?.isDirectory()) return rejectSocketFile(path, `is in ${folder}, which is no folder; make it first`)
  if (stats.mode & OTHERS_MAY_WRITE && !(stats.mode & STICKY)) {
    rejectSocketFile(path, `is in ${folder}, where every user may replace it; take that right away with chmod o-w`)
  }
}

function isInUse(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(path)
    connection.once('connect', () => resolve(true))
    connection.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      else reject(socketFileError(path, `cannot be looked at (${error.code})`))
    })
    connection.once('connect', () => connection.destroy())
  })
}

function tryFileCall<Result>(path: string, look: () => Result): Result {
  try {
    return look()
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
