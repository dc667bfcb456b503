const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** The first signal asks; a second one, from somebody who does not want to wait, ends the process at once. */
export function firstSignal(): Promise<void> {
  return new Promise(resolve => {
    const first = () => {
      for (const name of SIGNALS) process.off(name, first)
      resolve()
    }
    for (const name of SIGNALS) process.on(name, first)
  })
}
