/** Calls that nobody waits for, such as giving tokens back. Each has its own deadline, as every call outwards. */
export interface BackgroundTasks {
  /** @param provider whom it is about, for the log */
  run(provider: string, work: () => Promise<void>): void
  /** Resolves when those under way have ended. */
  settled(): Promise<void>
}

/** @param onError hears of errands that fail; they are not tried again */
export function createBackgroundTasks(onError: (error: unknown, provider: string) => void): BackgroundTasks {
  const running = new Set<Promise<void>>()

  return {
    run(provider, work) {
      // In a turn of its own, so that what throws at once is no trouble of the caller's either.
      const task = Promise.resolve()
        .then(work)
        .catch((error: unknown) => onError(error, provider))
      running.add(task)
      task.finally(() => running.delete(task))
    },
    async settled() {
      await Promise.all(running)
    },
  }
}
