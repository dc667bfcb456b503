import { ProtocolError } from '../oauth/errors.js'
import type { Profile, Repository } from '../providers/provider.js'
import { withTrustedEmail } from './access.js'
import type { Deps } from './deps.js'
import type { LiveSession } from './live-session.js'
import type { Protocol, SlotSend, Tokens } from './protocols/protocol.js'
import { isCoded, Refusal } from './refusal.js'
import { withSlot } from './slot.js'
import { storedClaims } from './stored-claims.js'
import { PAGE_TIMEOUT_MS } from './time-limits.js'
import { freshTokens } from './tokens/fresh-tokens.js'
import { NotConnected } from './tokens/not-connected.js'

export interface LiveProfile {
  /** The provider's, for people; undefined where PROVIDERS names it no more. */
  label: string | undefined
  profile: Profile | null
  repositories: Repository[] | null
  /**
   * Why something is missing, as an error code or `token_missing`, `reconnect_needed`, `access_denied`,
   * `provider_failing`, `provider_gone`; null when nothing is.
   */
  trouble: string | null
}

/**
 * The person as the provider tells it now, with their repositories. A provider in trouble is told, never thrown.
 * @throws what has ended the session: its person may not enter any more, or is another one
 */
export async function loadLiveProfile(deps: Deps, session: LiveSession): Promise<LiveProfile> {
  const protocol = deps.providers.get(session.provider)
  const nothing = { label: protocol?.label, profile: null, repositories: null }
  if (!protocol) return { ...nothing, trouble: 'provider_gone' }
  const { value: tokens, trouble } = await attempt(() => tokensOf(deps, session))
  if (!tokens) return { ...nothing, trouble: trouble ?? null }

  const ask = <T>(work: (tokens: Tokens) => Promise<T>) => attempt(() => withNewer(deps, session, tokens, work))
  const [profile, repositories] = await Promise.all([
    ask(current => livePerson(deps, protocol, current, session)),
    ask(current => withSlot(deps, protocol.name, useOf(session), send => protocol.readRepositories(send, current))),
  ])
  return {
    label: protocol.label,
    profile: profile.value ?? null,
    repositories: repositories.value ?? null,
    trouble: profile.trouble ?? repositories.trouble ?? null,
  }
}

const useOf = ({ user }: LiveSession) => ({ purpose: 'page', person: user.id, within: PAGE_TIMEOUT_MS }) as const

/** A refresh takes as long as it takes: cut off, it could lose the token that came of it. */
function tokensOf(deps: Deps, { identityId, provider, user }: LiveSession, refused?: string): Promise<Tokens> {
  return freshTokens(deps, { identityId, provider, userId: user.id }, refused)
}

/** Works once more where the token was refused and there is a newer one: some providers do not say how long one lives. */
async function withNewer<T>(
  deps: Deps,
  session: LiveSession,
  tokens: Tokens,
  work: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  try {
    return await work(tokens)
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.status !== 401) throw error
    const newer = await tokensOf(deps, session, tokens.accessToken)
    if (newer.accessToken === tokens.accessToken) throw error
    return work(newer)
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
  const identity = await deps.store.identities.load(identityId)
  // The connection has been taken off a moment ago.
  if (!identity) return undefined
  const ask = (send: SlotSend) => protocol.readPerson(send, tokens, { before: storedClaims(identity) })
  const told = withSlot(deps, protocol.name, useOf(session), ask).catch(error => {
    throw error instanceof ProtocolError && error.code === 'subject_mismatch' ? anotherPerson() : error
  })
  const person = await told
  const profile = person && withTrustedEmail(person)
  if (profile === undefined || profile.subject === subject) return profile
  throw anotherPerson()
}

/** Nothing has changed by that: the page says less, and the session lives on. */
const anotherPerson = () =>
  new Refusal('provider_malformed', 'The API tells of another person than the one who signed in')

async function attempt<T>(work: () => Promise<T>): Promise<{ value?: T; trouble?: string }> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof NotConnected) return { trouble: WANTS[error.missing] }
    if (!isCoded(error) || NO_TROUBLE_OF_THE_PAGE.has(error.code)) throw error
    return { trouble: troubleOf(error) }
  }
}

/** A status says more of an API than the code does: whether trying again can help, and who can. */
function troubleOf(error: Error & { code: string }): string {
  const status = error instanceof ProtocolError ? (error.status ?? 0) : 0
  if (status === 401) return 'reconnect_needed'
  if (status === 403) return 'access_denied'
  return status === 429 || status >= 500 ? 'provider_failing' : error.code
}

/** Our own store, or what a refresh has just ended the session for. */
const NO_TROUBLE_OF_THE_PAGE = new Set(['store_unavailable', 'not_admitted', 'id_token_invalid', 'subject_mismatch'])

const WANTS = { connection: 'token_missing', consent: 'reconnect_needed' } as const
