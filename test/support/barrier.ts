/** Holds whoever comes until it is opened; `arrived(n)` resolves when n have come. */
export function createBarrier() {
  const held: (() => void)[] = []
  const watchers: { wanted: number; tell: () => void }[] = []
  return {
    pass(): Promise<void> {
      const passed = new Promise<void>(resolve => held.push(resolve))
      for (const { wanted, tell } of watchers) if (held.length >= wanted) tell()
      return passed
    },
    arrived(wanted: number): Promise<void> {
      return new Promise(tell => {
        watchers.push({ wanted, tell })
        if (held.length >= wanted) tell()
      })
    },
    /** Lets everybody pass, the last one first. */
    open(): void {
      for (const release of held.splice(0).reverse()) release()
    },
  }
}
