import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../support/app.js'

/** What the child is told. */
export interface ChildOptions {
  /** The folder that `env/` is in. */
  root: string
  settings: Settings
  /** What the paths of the requests begin with that it may die of; without it those of the way back. */
  watch?: string
  /** Where it ends itself; no point of that name: nowhere. */
  point: string
}

export interface ChildApp {
  origin: string
  /** Ends it from outside, at once. */
  kill(): void
  /** The signal that ended it; one that still lives is sent home, and then there is none. */
  end(): Promise<NodeJS.Signals | null>
  /** Sends it home; the points that it passed at the last such request. */
  reached(): Promise<string[]>
}

/** Starts an app in a process of its own. */
export async function startChildApp(doom: ChildOptions): Promise<ChildApp> {
  const child = fork(fileURLToPath(new URL('child-process.js', import.meta.url)), [JSON.stringify(doom)], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let message = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    message += text
  })
  const exited = once(child, 'exit')
  const neverServed = exited.then(([code, signal]) => {
    throw new Error(`The app ended before it served (${code ?? signal}): ${message}`)
  })
  const [origin] = await Promise.race([once(child, 'message'), neverServed])
  return {
    origin,
    kill: () => void child.kill('SIGKILL'),
    async end() {
      sendHome(child)
      const [, signal] = await exited
      return signal
    },
    async reached() {
      const reported = once(child, 'message')
      sendHome(child)
      const [points] = await reported
      await exited
      return points
    },
  }
}

// It may be dead, or die this moment.
function sendHome(child: ChildProcess): void {
  if (child.connected) child.send('go home', () => {})
}
