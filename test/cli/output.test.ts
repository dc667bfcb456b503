import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { randomToken } from '../../src/crypto/random.js'
import { HttpBrowser } from '../support/http-browser.js'
import { Installed, outcomeOf } from '../support/installed.js'

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

const FULL = '/dev/full'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

type Settings = Record<string, string>
interface Service {
  settings: Settings
  visitor: HttpBrowser
  /** How often the log of one request has its path. */
  pathsPerLine: number
}

async function inProduction(): Promise<Service> {
  const port = await freePort()
  const settings = {
    ENVIRONMENT: 'prod',
    PUBLIC_URL: 'https://login.example.org',
    PORT: String(port),
    DATABASE_URL: `sqlite:${join(installed.folder, randomToken())}.db`,
    SECRET_KEYS: randomToken(),
    PROVIDERS: 'github',
    GITHUB_CLIENT_ID: 'Iv1.0123456789abcdef',
    GITHUB_CLIENT_SECRET: '0a1b2c3d4e5f6a7b8c9d',
    ALLOWED_USERS: 'domain:example.org',
    TRUSTED_PROXIES: '127.0.0.1',
  }
  assert.equal((await installed.run(['migrate'], settings)).code, 0)
  return { settings, visitor: new HttpBrowser(`http://127.0.0.1:${port}`), pathsPerLine: 2 }
}

async function inLocal(): Promise<Service> {
  const port = await freePort()
  const settings = {
    PORT: String(port),
    DEV_PROVIDER_URL: 'http://127.0.0.1:0',
    DATABASE_URL: 'sqlite::memory:',
    SECRET_KEYS: randomToken(),
  }
  return { settings, visitor: new HttpBrowser(`http://localhost:${port}`), pathsPerLine: 1 }
}

const ENVIRONMENTS = { prod: inProduction, local: inLocal }

/** Asks again and again; ends with the test, whatever becomes of it. */
async function until(t: TestContext, isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await wait(20, undefined, { signal: t.signal })
}

const untilLive = (t: TestContext, { visitor }: Service, child: ChildProcess): Promise<void> =>
  until(t, async () => {
    assert.equal(child.exitCode, null, 'It ended before it was up')
    const page = await visitor.ask('/health/live').catch(() => undefined)
    return page?.status === 200
  })

/** It answers, and says so by many lines in its log. */
async function assertServes({ visitor }: Service): Promise<void> {
  for (let requests = 0; requests < 5; requests++) {
    assert.equal((await visitor.open('/login')).status, 200)
    assert.equal((await visitor.open('/nowhere')).status, 404)
  }
  assert.equal((await visitor.ask('/health/live')).status, 200)
}

/** The tests' own limit of time is far above the second that a stop may take. */
async function assertStops(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
}

/** The longest path that the log has to write. */
const LONG_PATH = `/${'x'.repeat(8_000)}`

async function writeMuchLog({ visitor, pathsPerLine }: Service, characters: number): Promise<void> {
  for (let written = 0; written < characters; written += LONG_PATH.length * pathsPerLine) {
    assert.equal((await visitor.ask(LONG_PATH)).status, 404)
  }
}

function makeFifo(): { path: string; reader: number; writer: number } {
  const path = join(installed.folder, `${randomToken()}.fifo`)
  execFileSync('mkfifo', [path])
  const reader = openReader(path)
  return { path, reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) }
}

const openReader = (path: string) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)

/** Reads a pipe until something stands in it. */
async function readUntil(t: TestContext, reader: number, pattern: RegExp): Promise<string> {
  const bytes = Buffer.alloc(64 * 1024)
  let text = ''
  await until(t, () => {
    for (let count = readNow(reader, bytes); count > 0; count = readNow(reader, bytes))
      text += bytes.subarray(0, count).toString('latin1')
    return pattern.test(text)
  })
  return text
}

/** 0 where there is nothing, or nobody at the other end just now. */
function readNow(reader: number, bytes: Buffer): number {
  try {
    return readSync(reader, bytes)
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN')
    return 0
  }
}

for (const [name, start] of Object.entries(ENVIRONMENTS)) {
  describe(`A1 a service in ${name}`, { timeout: 300_000 }, () => {
    for (const what of ['stdout', 'stdout and stderr']) {
      test(`A1 a service in ${name} serves and stops with 0 where ${what} is a full disk`, async t => {
        const service = await start()
        const full = openSync(FULL, 'w')
        const child = installed.spawn(['serve'], service.settings, [
          'ignore',
          full,
          what === 'stdout' ? 'ignore' : full,
        ])
        closeSync(full)
        await untilLive(t, service, child)
        await assertServes(service)
        await assertStops(child)
      })
    }

    test(`A1 a service in ${name} serves and stops with 0 where stdout and stderr are closed from the start`, async t => {
      const service = await start()
      const child = installed.spawnByShell('exec "$@" <&- >&- 2>&-', ['serve'], service.settings)
      await untilLive(t, service, child)
      await assertServes(service)
      await assertStops(child)
    })

    test(`A1 a service in ${name} serves while its pipe is not read, says what was lost once it is read again, and stops with 0`, async t => {
      const service = await start()
      const { reader, writer } = makeFifo()
      const child = installed.spawn(['serve'], service.settings, ['ignore', writer, 'ignore'])
      closeSync(writer)
      await untilLive(t, service, child)
      await writeMuchLog(service, 5 * 1024 * 1024)
      await assertServes(service)
      await readUntil(t, reader, /\d+ lines of this log were lost/)
      const lines = readUntil(t, reader, /GET \/login 200/)
      await assertServes(service)
      await lines
      // Filled once more, and left so.
      await writeMuchLog(service, 256 * 1024)
      await assertStops(child)
      closeSync(reader)
    })

    test(`A1 a service in ${name} serves when the reader of its pipe goes away, writes to the next one, and stops with 0`, async t => {
      const service = await start()
      const { path, reader, writer } = makeFifo()
      const child = installed.spawn(['serve'], service.settings, ['ignore', writer, writer])
      closeSync(writer)
      await untilLive(t, service, child)
      closeSync(reader)
      await assertServes(service)
      await wait(300) // let it find out
      await assertServes(service)
      const next = openReader(path)
      await readUntil(t, next, /GET \/login 200/)
      closeSync(next)
      await assertServes(service)
      await assertStops(child)
    })

    test(`A1 a service in ${name} serves while the disk of its log is full, writes again when there is room, and stops with 0`, async t => {
      const service = await start()
      const disk = makeSmallDisk()
      t.diagnostic(disk.kind)
      t.after(disk.remove)
      const child = installed.spawnByShell(disk.line, ['serve'], service.settings)
      await untilLive(t, service, child)
      disk.fill()
      await writeMuchLog(service, disk.characters)
      await assertServes(service)
      disk.empty()
      await until(t, () => /GET \/login 200/.test(readFileSync(disk.log, 'latin1')))
      disk.fill()
      await writeMuchLog(service, disk.characters)
      await assertStops(child)
    })
  })
}

interface SmallDisk {
  kind: string
  /** A line of sh that runs a command with its stdout there. */
  line: string
  log: string
  /** What to write to it, so that some of it finds no room; all of it fits into an empty one. */
  characters: number
  fill(): void
  empty(): void
  remove(): void
}

/** A file system of 200 kB where one may be mounted; else a file that may not grow. */
function makeSmallDisk(): SmallDisk {
  const folder = join(installed.folder, randomToken())
  mkdirSync(folder)
  const log = join(folder, 'log')
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'none', folder])
  if (mounted.status !== 0) return makeLimitedFile(log)
  const filler = join(folder, 'filler')
  return {
    kind: 'a tmpfs of 200 kB was mounted',
    line: `exec "$@" >> ${log}`,
    log,
    characters: 64 * 1024,
    fill() {
      assert.throws(() => writeFileSync(filler, Buffer.alloc(400 * 1024)), { code: 'ENOSPC' })
    },
    empty() {
      rmSync(filler)
      truncateSync(log)
    },
    remove: () => execFileSync('umount', ['-l', folder]),
  }
}

function makeLimitedFile(log: string): SmallDisk {
  return {
    kind: 'no file system could be mounted here; a limit of the size of files was set instead (ulimit -f)',
    line: `trap "" XFSZ; ulimit -f 1000; exec "$@" >> ${log}`,
    log,
    characters: 640 * 1024,
    // It fills by itself.
    fill: () => {},
    empty: () => truncateSync(log),
    remove: () => {},
  }
}

describe('B-50 a command', { timeout: 300_000 }, () => {
  const COMMANDS: readonly (readonly string[])[] = [
    [],
    ['--help'],
    ['serve', '--help'],
    ['env'],
    ['env', '--provider', 'github'],
    ['secrets'],
    ['users', '--help'],
    ['users', 'list', '--help'],
    ['migrate'],
    ['users', 'list'],
    ['users', 'list', '--json'],
    ['sessions', 'prune'],
    ['keys', 'status'],
    ['keys', 'rotate'],
  ]

  test('B-50 a command ends in silence, and as it would have, when its reader goes away', async () => {
    const { settings } = await inProduction()
    for (const args of COMMANDS) {
      const child = installed.spawn(args, settings, ['ignore', 'pipe', 'pipe'])
      child.stdout?.destroy()
      const { code, stderr } = await outcomeOf(child)
      const isProgress = args[1] === 'rotate'
      assert.deepEqual([code, isProgress ? '' : stderr], [0, ''], args.join(' '))
      assert.doesNotMatch(stderr, /EPIPE|\n\s+at /)
    }
  })

  test('B-50 a command keeps its exit code where nobody reads what it complains about', async () => {
    for (const [args, expected] of [
      [['dance'], 64],
      [['users', 'dance'], 64],
      [['migrate'], 78],
      [['serve'], 78],
    ] as const) {
      const child = installed.spawn(args, { ENVIRONMENT: 'prod' }, ['ignore', 'pipe', 'pipe'])
      child.stderr?.destroy()
      child.stdout?.destroy()
      assert.equal((await outcomeOf(child)).code, expected, args.join(' '))
    }
  })

  test('B-50 a command says in one sentence, and with 74, that the disk for its output is full', async () => {
    const { settings } = await inProduction()
    for (const args of COMMANDS.filter(([name]) => name !== 'serve')) {
      const full = openSync(FULL, 'w')
      const child = installed.spawn(args, settings, ['ignore', full, 'pipe'])
      closeSync(full)
      const { code, stderr } = await outcomeOf(child)
      assert.equal(code, 74, args.join(' '))
      assert.match(stderr, /(^|\n)The output could not be written \(ENOSPC\)\.\n$/)
    }
  })
})
