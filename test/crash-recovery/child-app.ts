import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { WatchedAppOptions } from './watched-app.js'

export interface ChildOptions extends WatchedAppOptions {
  /** Where the app ends itself. */
  point: string
}

export interface ChildApp {
  origin: string
  /** Ends it from outside, at once. */
  kill(): void
  /** The signal that ended it; one that still runs is asked to exit, and then there is none. */
  end(): Promise<NodeJS.Signals | null>
}

/** Starts an app in a process of its own. */
export async function startChildApp(options: ChildOptions): Promise<ChildApp> {
  const child = fork(fileURLToPath(new URL('child-process.js', import.meta.url)), [JSON.stringify(options)], {
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
      askToExit(child)
      const [, signal] = await exited
      return signal
    },
  }
}

// It may be dead, or die this moment.
function askToExit(child: ChildProcess): void {
  if (child.connected) child.send('exit', () => {})
}
