const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Resolves at the first signal. A second signal ends the process at once. */
export function firstSignal(): Promise<void> {
  return new Promise(resolve => {
    const first = () => {
      for (const name of SIGNALS) process.off(name, first)
      resolve()
    }
    for (const name of SIGNALS) process.on(name, first)
  })
}
