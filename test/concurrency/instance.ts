import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../support/app.js'

/** What a child is told when it starts. */
export interface InstanceOptions {
  /** The folder that `env/` is in. */
  root: string
  settings: Settings
  /** Its clock stands still here, until it is set. */
  now: number
  /** Where it ends itself once its clock was set, as `before tokens.save`; no point of that name: nowhere. */
  point?: string
}

/** What a child tells. */
export type ChildMessage = { origin: string } | { time: number } | { request: 'for the lease' }

export interface Instance {
  origin: string
  /** From now on what it does is the storm. */
  setClock(time: number): Promise<void>
  /** Resolves when it asked for the lease once more, with or without success. */
  requestedLease(): Promise<void>
  /** Ends it from outside, at once. */
  kill(): Promise<void>
  /** Resolves when it has ended; with the signal, where one did it. */
  ended: Promise<NodeJS.Signals | null>
  /** Sends it home. */
  stop(): Promise<void>
}

/** Starts an app in a process of its own. */
export async function startInstance(weather: InstanceOptions): Promise<Instance> {
  const child = fork(fileURLToPath(new URL('instance-process.js', import.meta.url)), [JSON.stringify(weather)], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let output = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = once(child, 'exit').then(([, signal]): NodeJS.Signals | null => signal)
  const reported = new EventEmitter()
  child.on('message', (message: ChildMessage) => reported.emit(Object.keys(message)[0] ?? '', message))
  const neverServed = ended.then(signal => {
    throw new Error(`The app ended before it served (${signal}): ${output}`)
  })
  const [{ origin }] = await Promise.race([once(reported, 'origin'), neverServed])
  return {
    ...{ origin, ended },
    async setClock(time) {
      const heard = once(reported, 'time')
      child.send({ time })
      await heard
    },
    requestedLease: async () => void (await once(reported, 'request')),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      sendHome(child)
      await ended
    },
  }
}

// It may be dead, or die this moment.
function sendHome(child: ChildProcess): void {
  if (child.connected) child.send({}, () => {})
}
