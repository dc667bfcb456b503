import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ParentRequest, Usage } from './contenders/serve-parent.js'

const TIMEOUT_MS = 30_000

/** A server of the benchmark in a process of its own. */
export interface Child {
  origin: string
  /** Milliseconds from the spawn to the first good answer. */
  startedIn: number
  ask(request: ParentRequest): Promise<Usage>
  stop(): Promise<void>
}

export interface Start {
  /** The entry file, relative to this folder. */
  entry: string
  settings: (origin: string) => Record<string, string>
  cwd: string
  /** What the command begins with, to pin it. */
  pin?: readonly string[]
}

/** Starts a server on a free port, all in the same way, and waits for its first good answer. */
export async function startChild({ entry, settings, cwd, pin = [] }: Start): Promise<Child> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const path = fileURLToPath(new URL(entry, import.meta.url))
  const [command = process.execPath, ...words] = [...pin, process.execPath, '--expose-gc', path]
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...settings(origin) }

  const begin = performance.now()
  // What it logs goes nowhere, by the cheapest way there is.
  const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  await Promise.race([untilReady(origin), exited.then(([code]) => Promise.reject(died(entry, code)))])
  return {
    origin,
    startedIn: performance.now() - begin,
    async ask(request) {
      child.send(request)
      const [usage] = await once(child, 'message')
      return usage
    },
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

const died = (entry: string, code: unknown) => new Error(`${entry} ended with ${code}`)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilReady(origin: string): Promise<void> {
  const end = performance.now() + TIMEOUT_MS
  while (performance.now() < end) {
    if (await isReady(origin)) return
    await wait(2)
  }
  throw new Error(`${origin} gave no good answer in ${TIMEOUT_MS} ms`)
}

const isReady = (origin: string): Promise<boolean> =>
  new Promise(resolve => {
    const request = get(origin, { headers: { Accept: 'text/html' }, agent: false }, response => {
      response.resume().on('end', () => resolve((response.statusCode ?? 500) < 400))
    })
    request.on('error', () => resolve(false))
  })
