// A copy of the project in which `npm run dev` runs, so that its files can be broken and mended.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from './app.js'
import { HttpBrowser, type Page } from './http-browser.js'
import { outcomeOf } from './installed.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PARTS = ['package.json', 'tsconfig.json', 'src', 'migrations', 'views', 'env/local/.env']

/** A compiler on a busy machine takes long. What does not happen at all fails then. */
const TIMEOUT_MS = 180_000

export class DevLoop {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'vestibule-dev-')))
  private child: ChildProcess | undefined
  private output = ''
  private readFrom = 0

  private constructor(
    readonly origin: string,
    private readonly settings: Settings,
  ) {
    for (const part of PARTS) cpSync(join(ROOT, part), this.path(part), { recursive: true })
    symlinkSync(realpathSync(join(ROOT, 'node_modules')), this.path('node_modules'))
  }

  /** A copy in which nothing is built and nothing runs yet. */
  static async create(): Promise<DevLoop> {
    const port = await freePort()
    const settings = { PORT: String(port), DEV_PROVIDER_URL: 'http://127.0.0.1:0' }
    return new DevLoop(`http://localhost:${port}`, settings)
  }

  start(): void {
    const child = spawn(process.execPath, ['src/cli/dev.js'], this.options)
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        child.emit('said')
      })
    }
  }

  /** Waits until the terminal shows this, after what it showed the last time; the match. */
  async says(pattern: RegExp): Promise<string> {
    const child = this.child ?? assert.fail('It does not run')
    const deadline = AbortSignal.timeout(TIMEOUT_MS)
    for (;;) {
      const found = pattern.exec(this.output.slice(this.readFrom))
      if (found) {
        this.readFrom += found.index + found[0].length
        return found[0]
      }
      assert.equal(child.exitCode, null, this.output)
      await once(child, 'said', { signal: deadline }).catch(() =>
        assert.fail(`It never said ${pattern}:\n${this.output}`),
      )
    }
  }

  /** How often the terminal has shown this so far. */
  count = (text: string): number => this.output.split(text).length - 1

  path = (name: string): string => join(this.folder, name)

  edit(name: string, from: string, to: string): void {
    const text = readFileSync(this.path(name), 'utf8')
    assert.ok(text.includes(from), `${name} has no ${from}`)
    writeFileSync(this.path(name), text.replace(from, to))
  }

  open = (path: string): Promise<Page> => new HttpBrowser(this.origin).open(path)

  /** Whether nothing listens on the port of the app. */
  async isRefused(): Promise<boolean> {
    return this.open('/').then(
      () => false,
      error => error.code === 'ECONNREFUSED',
    )
  }

  /** Runs another script of the project beside it. */
  run(script: string, ...args: string[]) {
    return outcomeOf(spawn(process.execPath, [script, ...args], this.options))
  }

  /** Every process that runs a file of this folder. */
  processes(): string[] {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(commandOf)
      .filter(command => command.includes(this.folder))
  }

  /** The folder of the newest build. */
  build = (): string => this.path(readlinkSync(this.path('.dist-dev')))

  /** Sends the signal and waits for the end; the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child
    if (!child || child.exitCode !== null) return null
    const exit = once(child, 'exit')
    child.kill(signal)
    const [code] = await exit
    return code
  }

  async remove(): Promise<void> {
    await this.end('SIGTERM')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private get options() {
    const env = { PATH: process.env.PATH, ...this.settings }
    return { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // it has ended meanwhile
  }
}
