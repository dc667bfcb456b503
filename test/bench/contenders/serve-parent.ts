import { setTimeout as wait } from 'node:timers/promises'

/** What a process of the benchmark has used so far. */
export interface Usage {
  /** Microseconds. */
  cpu: number
  /** Bytes. */
  rss: number
}

/** What may be done before it is told. */
export type ParentRequest = 'usage' | 'settle' | 'sweep'

/** Lets the parent ask what this process has used; without a parent it ends. */
export function serveParent(sweep: () => Promise<unknown> = async () => {}): void {
  process.on('message', async (request: ParentRequest) => {
    if (request === 'settle') await settle()
    if (request === 'sweep') await sweep()
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() } satisfies Usage)
  })
  process.on('disconnect', () => process.exit())
}

/** Everything that is garbage goes; the allocator gets a moment to hand back what is free. */
async function settle(): Promise<void> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await wait(300)
  }
}
