/** Calls that nobody waits for, such as giving tokens back. Each has its own deadline, as every call outwards. */
export interface Errands {
  /** @param provider whom it is about, for the log */
  run(provider: string, errand: () => Promise<void>): void
  /** Resolves when those under way have ended. */
  settled(): Promise<void>
}

/** @param complain hears of errands that fail; they are not tried again */
export function createErrands(complain: (error: unknown, provider: string) => void): Errands {
  const underWay = new Set<Promise<void>>()

  return {
    run(provider, errand) {
      // In a turn of its own, so that what throws at once is no trouble of the caller's either.
      const running = Promise.resolve()
        .then(errand)
        .catch((error: unknown) => complain(error, provider))
      underWay.add(running)
      running.finally(() => underWay.delete(running))
    },
    async settled() {
      await Promise.all(underWay)
    },
  }
}
