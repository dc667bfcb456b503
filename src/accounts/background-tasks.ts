/** Calls that no request waits for, such as the revocation of tokens. Each has its own deadline, as every call to a provider. */
export interface BackgroundTasks {
  /** @param provider for the log */
  run(provider: string, work: () => Promise<void>): void
  /** Resolves when all running tasks have ended. */
  settled(): Promise<void>
}

/** @param onError is called for a task that fails; the task is not tried again */
export function createBackgroundTasks(onError: (error: unknown, provider: string) => void): BackgroundTasks {
  const running = new Set<Promise<void>>()

  return {
    run(provider, work) {
      // In a later turn of the event loop, so that a task that throws at once does not throw into the caller either.
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
