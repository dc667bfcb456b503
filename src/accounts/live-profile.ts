import type { Profile, OAuth2Provider as Provider, Repository } from '../providers/provider.js'
import { apiGet } from './api.js'
import type { Deps, Slot } from './deps.js'
import { loadProfile } from './exchange.js'
import type { LiveSession } from './live-session.js'
import { isCoded } from './refusal.js'

/** How long a page waits for what it can do without, in milliseconds. */
const PATIENCE = 3_000

export interface LiveProfile {
  provider: Provider | undefined
  profile: Profile | null
  repositories: Repository[] | null
  /** Why something is missing, as an error code; null when nothing is. */
  trouble: string | null
}

/** The person as the provider tells it now, with their repositories. A provider in trouble is told, never thrown. */
export async function loadLiveProfile(deps: Deps, session: LiveSession): Promise<LiveProfile> {
  const provider = deps.providers.get(session.provider)
  const tokens = await deps.store.tokens.load(session.identityId)
  if (!provider || !tokens) return { provider, profile: null, repositories: null, trouble: 'token_missing' }

  const [profile, repositories] = await Promise.all([
    attempt(() => withSlot(deps, provider, send => loadProfile(send, provider, tokens.accessToken))),
    attempt(() =>
      withSlot(deps, provider, send => provider.readRepositories?.(apiGet(send, provider, tokens.accessToken))),
    ),
  ])
  return {
    provider,
    profile: profile.value ?? null,
    repositories: repositories.value ?? null,
    trouble: profile.trouble ?? repositories.trouble ?? null,
  }
}

async function withSlot<T>(deps: Deps, provider: Provider, work: (send: Slot['send']) => T): Promise<Awaited<T>> {
  const slot = deps.takeSlot(provider.name, PATIENCE)
  try {
    return await work(slot.send)
  } finally {
    slot.release()
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value?: T; trouble?: string }> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!isCoded(error) || error.code === 'store_unavailable') throw error
    return { trouble: error.code }
  }
}
