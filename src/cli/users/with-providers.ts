import { setTimeout as wait } from 'node:timers/promises'
import { createBackgroundTasks } from '../../accounts/background-tasks.js'
import { createProtocols } from '../../accounts/protocols/create-protocols.js'
import type { RevokeDeps } from '../../accounts/provider-api/revoke.js'
import { randomToken } from '../../crypto/random.js'
import { createHttpClient } from '../../net/http-client.js'
import { createProvider } from '../../providers/create-provider.js'
import type { Store } from '../../store/types.js'
import type { CommandContext } from '../command-line/context.js'

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
  command: (deps: RevokeDeps & { store: Store }) => Promise<T>,
): Promise<{ result: T; failures: readonly RevocationFailure[] }> {
  const failures: RevocationFailure[] = []
  const pending = new Set<string>()
  const httpClient = createHttpClient({ allowHttp: config.local, proxies: config.proxies })
  const backgroundTasks = createBackgroundTasks((error, provider) => failures.push({ provider, cause: causeOf(error) }))
  const clocks = { now: Date.now, monotonic: () => performance.now(), random: randomToken }
  const origin = config.devProvider?.url ?? config.publicUrl ?? ''
  const presets = config.providers.map(settings => createProvider(settings, origin))
  const providers = createProtocols(presets, httpClient, clocks)
  const watchedTasks: RevokeDeps['backgroundTasks'] = {
    run(provider, task) {
      pending.add(provider)
      backgroundTasks.run(provider, () => task().finally(() => pending.delete(provider)))
    },
    settled: backgroundTasks.settled,
  }
  try {
    const { takeSlot, waitForSlot } = httpClient
    const result = await command({ store, providers, backgroundTasks: watchedTasks, takeSlot, waitForSlot })
    await Promise.race([backgroundTasks.settled(), wait(REVOCATION_TIMEOUT_MS, undefined, { ref: false })])
    const late = [...pending].map(provider => ({ provider, cause: 'it did not respond in time.' }))
    return { result, failures: [...failures, ...late] }
  } finally {
    await httpClient.close()
  }
}

const causeOf = (error: unknown): string =>
  `${(error instanceof Error ? error.message : String(error)).replace(/\.$/, '')}.`
