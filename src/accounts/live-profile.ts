import type { JsonObject, Send } from '../oauth/types.js'
import type { Profile, Repository } from '../providers/provider.js'
import type { Deps } from './deps.js'
import type { LiveSession } from './live-session.js'
import type { Protocol, Tokens } from './protocols/protocol.js'
import { isCoded, Refusal } from './refusal.js'
import { withSlot } from './slot.js'

/** How long a page waits for what it can do without, in milliseconds. */
const PATIENCE = 3_000

export interface LiveProfile {
  /** The provider's, for people; undefined where PROVIDERS names it no more. */
  label: string | undefined
  profile: Profile | null
  repositories: Repository[] | null
  /** Why something is missing, as an error code; null when nothing is. */
  trouble: string | null
}

/** The person as the provider tells it now, with their repositories. A provider in trouble is told, never thrown. */
export async function loadLiveProfile(deps: Deps, session: LiveSession): Promise<LiveProfile> {
  const protocol = deps.providers.get(session.provider)
  const tokens = await deps.store.tokens.load(session.identityId)
  const nothing = { label: protocol?.label, profile: null, repositories: null }
  if (!protocol || !tokens) return { ...nothing, trouble: 'token_missing' }

  const [profile, repositories] = await Promise.all([
    attempt(() => livePerson(deps, protocol, tokens, session)),
    attempt(() => withSlot(deps, protocol.name, send => protocol.readRepositories(send, tokens), PATIENCE)),
  ])
  return {
    label: protocol.label,
    profile: profile.value ?? null,
    repositories: repositories.value ?? null,
    trouble: profile.trouble ?? repositories.trouble ?? null,
  }
}

/** Undefined where the provider tells of a person at the sign-in only, which is no trouble. */
async function livePerson(
  deps: Deps,
  protocol: Protocol,
  tokens: Tokens,
  session: LiveSession,
): Promise<Profile | undefined> {
  const { identityId, subject } = session
  const before: JsonObject = JSON.parse((await deps.store.identities.load(identityId))?.rawProfile ?? '{}')
  const ask = (send: Send) => protocol.readPerson(send, tokens, before)
  const profile = (await withSlot(deps, protocol.name, ask, PATIENCE))?.profile
  if (profile === undefined || profile.subject === subject) return profile
  throw new Refusal('subject_mismatch', 'The token is that of another person than the one who signed in')
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value?: T; trouble?: string }> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!isCoded(error) || error.code === 'store_unavailable') throw error
    return { trouble: error.code }
  }
}
