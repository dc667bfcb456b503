import assert from 'node:assert/strict'
import { type ChildProcess, fork, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Settings } from './app.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PARTS = [
  'package.json',
  'src/cli/vestibule.js',
  'src/cli/node-version.cjs',
  'dist/src',
  'dist/migrations',
  'views',
  'env/local/.env',
  'env/prod/.env',
]

const TIMEOUT_MS = 30_000
/** The id of a process is known only when it runs; `exec` keeps it. */
const AS_SYSTEMD = 'LISTEN_PID=$$ exec "$0" "$@"'

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/** A `vestibule serve` that runs. */
export interface Serving {
  /** What it said when it was up. */
  url: string
  pid: number
  ended: Promise<Outcome>
  kill(signal: NodeJS.Signals): void
}

/** A command that is under way. */
export interface UnderWay {
  /** Resolves when it has said something like this to people, and rejects if it ends before. */
  says(pattern: RegExp): Promise<void>
  ended: Promise<Outcome>
  kill(signal: NodeJS.Signals): void
}

interface StartOptions {
  timeout?: number
  stdio?: StdioOptions
  /** Listening sockets that it is started with, as systemd does. */
  socketFds?: readonly number[]
}

const USUAL_STDIO = ['ignore', 'pipe', 'pipe'] as const

/** The built app in a folder of its own, so that nobody's checkout, keys or database is touched. */
export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), 'vestibule-cli-'))
  private readonly children = new Set<ChildProcess>()
  private worker: Promise<ChildProcess> | undefined
  private previous: Promise<unknown> = Promise.resolve()

  constructor() {
    for (const part of PARTS) cpSync(join(ROOT, part), join(this.folder, part), { recursive: true })
    symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(this.folder, 'node_modules'))
  }

  /**
   * Runs `vestibule` to its end, with these settings and nothing else in its environment, in a process that runs all
   * commands of this kind. One that hangs is killed.
   */
  run(args: readonly string[], settings: Settings = {}): Promise<Outcome> {
    const outcome = this.previous.then(() => this.ask({ args, env: optionsOf(settings).env }))
    this.previous = outcome.catch(() => {})
    return outcome
  }

  /** The same in a process of its own. */
  runAlone(args: readonly string[], settings: Settings = {}): Promise<Outcome> {
    return outcomeOf(this.start(args, settings, { timeout: TIMEOUT_MS }))
  }

  /** The same without waiting for the end. */
  launch(args: readonly string[], settings: Settings): UnderWay {
    const child = this.start(args, settings, { timeout: TIMEOUT_MS })
    const ended = outcomeOf(child)
    return { ended, says: pattern => untilOutput(child, pattern), kill: signal => void child.kill(signal) }
  }

  /**
   * Runs `vestibule serve` until it says where it serves; rejects with what it said if it ends before.
   * @param socketFds listening sockets that it is started with, as systemd does
   */
  async serve(settings: Settings, socketFds: readonly number[] = []): Promise<Serving> {
    const child = this.start(['serve'], settings, { socketFds })
    const ended = outcomeOf(child)
    const url = await Promise.race([urlInOutput(child), ended.then(({ code, stderr }) => fail(code, stderr))])
    return { url, pid: child.pid ?? 0, ended, kill: signal => void child.kill(signal) }
  }

  /** Ends what still runs, and clears up. */
  async remove(): Promise<void> {
    const left = [...this.children].map(child => {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      return exit
    })
    await Promise.all(left)
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The same with files, pipes and devices of the test as stdout and stderr. */
  spawn(args: readonly string[], settings: Settings, stdio: StdioOptions): ChildProcess {
    return this.start(args, settings, { stdio })
  }

  /** Runs `vestibule` from a line of `sh`, in which it is `"$@"`. */
  spawnByShell(line: string, args: readonly string[], settings: Settings): ChildProcess {
    return this.watch(spawn('sh', ['-c', line, 'sh', process.execPath, this.command, ...args], optionsOf(settings)))
  }

  private async ask(command: object): Promise<Outcome> {
    this.worker ??= this.startWorker()
    const worker = await this.worker
    const timer = setTimeout(() => worker.kill('SIGKILL'), TIMEOUT_MS)
    try {
      const response = once(worker, 'message')
      const ended = once(worker, 'exit').then(() => assert.fail('The command ended its process'))
      worker.send(command)
      const [outcome] = await Promise.race([response, ended])
      return outcome
    } finally {
      clearTimeout(timer)
      if (worker.exitCode !== null || worker.killed) this.worker = undefined
    }
  }

  private async startWorker(): Promise<ChildProcess> {
    const main = pathToFileURL(join(this.folder, 'dist/src/cli/main.js')).href
    const options = { cwd: tmpdir(), env: { PATH: process.env.PATH }, execArgv: [] }
    const worker = this.watch(fork(new URL('command-worker.js', import.meta.url), [main], options))
    worker.setMaxListeners(0)
    await once(worker, 'message')
    return worker
  }

  private get command(): string {
    return join(this.folder, 'src/cli/vestibule.js')
  }

  private start(args: readonly string[], settings: Settings, { socketFds = [], ...given }: StartOptions = {}) {
    const stdio = [...USUAL_STDIO, ...socketFds]
    const command = [process.execPath, this.command, ...args]
    const [file = '', ...rest] = socketFds.length > 0 ? ['/bin/sh', '-c', AS_SYSTEMD, ...command] : command
    return this.watch(spawn(file, rest, { ...optionsOf(settings), stdio, ...given }))
  }

  private watch(child: ChildProcess): ChildProcess {
    this.children.add(child)
    child.once('exit', () => this.children.delete(child))
    return child
  }
}

const optionsOf = (settings: Settings) =>
  ({ cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, killSignal: 'SIGKILL' }) as const

export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const message = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      message[name] += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code, ...message }
}

function untilOutput(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let message = ''
    child.stderr?.on('data', (chunk: string) => {
      message += chunk
      if (pattern.test(message)) resolve()
    })
    child.once('close', () => reject(new Error(`It ended without ${pattern}: ${message}`)))
  })
}

/** In local it says so to people, elsewhere it logs it. */
function urlInOutput({ stdout }: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    let message = ''
    stdout?.on('data', (chunk: string) => {
      message += chunk
      const [, shown, logged] = /Vestibule\s+(http\S+)\n|"url":"([^"]+)"/.exec(message) ?? []
      const url = shown ?? logged
      if (url) resolve(url)
    })
  })
}

const fail = (code: number | null, stderr: string): never => {
  throw new Error(`vestibule serve ended with ${code}: ${stderr}`)
}
