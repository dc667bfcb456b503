// What the test files of one process share, such as a browser: started once, and stopped after the last file.
const stops: (() => Promise<unknown>)[] = []
let isSharing = false

/** From now on `sharedInProcess` starts things once. Called by the files that test/run.ts writes, which also stop them. */
export function startSharing(): void {
  isSharing = true
}

export async function stopSharing(): Promise<void> {
  await Promise.all(stops.splice(0).map(stop => stop()))
}

/** A start that gives the same thing to every file of a process that shares; elsewhere one each, which its user stops. */
export function sharedInProcess<T>(start: () => Promise<T>, stop: (started: T) => Promise<unknown>) {
  let first: Promise<T> | undefined
  return async (): Promise<{ shared: T; release(): Promise<void> }> => {
    if (!isSharing) {
      const shared = await start()
      return { shared, release: async () => void (await stop(shared)) }
    }
    if (!first) {
      first = start()
      const started = first
      stops.push(async () => stop(await started))
    }
    return { shared: await first, release: async () => {} }
  }
}
