import { setTimeout as wait } from 'node:timers/promises'
import { createErrands } from '../accounts/errands.js'
import type { Calling } from '../accounts/protocols/protocol.js'
import { speak } from '../accounts/protocols/speak.js'
import { withSlot } from '../accounts/slot.js'
import { METADATA_TIMEOUT_MS } from '../accounts/time-limits.js'
import type { GiveBackDeps } from '../accounts/tokens/revocation.js'
import { randomToken } from '../crypto/random.js'
import { createHttpClient } from '../net/http-client.js'
import { isPrivateHost } from '../oauth/private-host.js'
import { createProvider } from '../providers/resolve.js'
import type { Store } from '../store/types.js'
import type { CommandContext } from './with-store.js'

/** For all calls together, because the operator waits for them. */
const REVOCATION_TIMEOUT_MS = 20_000

/** Tokens that a provider did not revoke. */
export interface RevocationFailure {
  provider: string
  cause: string
}

/** Runs a command that revokes tokens at the providers of this environment, and waits for their responses. */
export async function withProviders<T>(
  { config, store }: CommandContext,
  command: (deps: GiveBackDeps & { store: Store }) => Promise<T>,
): Promise<{ result: T; failures: readonly RevocationFailure[] }> {
  const failures: RevocationFailure[] = []
  const pending = new Set<string>()
  const outbound = createHttpClient({ allowHttp: config.local, isPrivateHost, proxies: config.proxies })
  const errands = createErrands((error, provider) => failures.push({ provider, cause: causeOf(error) }))
  const clocks = { now: Date.now, monotonic: () => performance.now(), random: randomToken }
  const origin = config.devProvider?.url ?? config.publicUrl ?? ''
  const fetchingAt =
    (name: string): Calling =>
    work =>
      withSlot(outbound, name, { purpose: 'metadata', within: METADATA_TIMEOUT_MS }, work)
  const providers = new Map(
    config.providers.map(settings => {
      const provider = createProvider(settings, origin)
      return [provider.name, speak(provider, { ...clocks, fetching: fetchingAt(provider.name) })]
    }),
  )
  const watched: GiveBackDeps['errands'] = {
    run(provider, errand) {
      pending.add(provider)
      errands.run(provider, () => errand().finally(() => pending.delete(provider)))
    },
    settled: errands.settled,
  }
  try {
    const { takeSlot, waitForSlot } = outbound
    const result = await command({ store, providers, errands: watched, takeSlot, waitForSlot })
    await Promise.race([errands.settled(), wait(REVOCATION_TIMEOUT_MS, undefined, { ref: false })])
    const late = [...pending].map(provider => ({ provider, cause: 'it did not answer in time.' }))
    return { result, failures: [...failures, ...late] }
  } finally {
    await outbound.close()
  }
}

const causeOf = (error: unknown): string =>
  `${(error instanceof Error ? error.message : String(error)).replace(/\.$/, '')}.`
