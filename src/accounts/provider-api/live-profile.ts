import { ProtocolError } from '../../oauth/errors.js'
import type { Profile, Repository } from '../../providers/provider.js'
import { withTrustedEmail } from '../access.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import type { ApiTokens, Protocol, SlotSend } from '../protocols/protocol.js'
import { PAGE_TIMEOUT_MS, withCallSlot } from '../provider-calls.js'
import type { ActiveSession } from '../sessions/active-session.js'
import { storedClaims } from '../sign-in/stored-profile.js'
import { NotConnectedError } from './connection.js'
import { getValidTokens } from './valid-tokens.js'

export interface LiveProfile {
  /** The label of the provider; undefined where it is not in PROVIDERS any more. */
  label: string | undefined
  profile: Profile | null
  repositories: Repository[] | null
  /**
   * Why something is missing, as an error code or `token_missing`, `reconnect_needed`, `access_denied`,
   * `provider_failing`, `provider_gone`; null when nothing is.
   */
  error: string | null
}

/**
 * Loads the profile and the repositories of the user from the provider now. An error of the provider is returned, never
 * thrown.
 * @throws the error that has ended the session: the user is not admitted any more, or is another person
 */
export async function loadLiveProfile(deps: AccountsDeps, session: ActiveSession): Promise<LiveProfile> {
  const protocol = deps.providers.get(session.provider)
  const nothing = { label: protocol?.label, profile: null, repositories: null }
  if (!protocol) return { ...nothing, error: 'provider_gone' }
  const { value: tokens, error } = await tryLoad(() => getTokens(deps, session))
  if (!tokens) return { ...nothing, error: error ?? null }

  const load = <T>(work: (tokens: ApiTokens) => Promise<T>) =>
    tryLoad(() => retryWithNewerToken(deps, session, tokens, work))
  const [profile, repositories] = await Promise.all([
    load(current => loadProfile(deps, protocol, current, session)),
    load(current =>
      withCallSlot(deps, protocol.name, pageSlot(session), send => protocol.readRepositories(send, current)),
    ),
  ])
  return {
    label: protocol.label,
    profile: profile.value ?? null,
    repositories: repositories.value ?? null,
    error: profile.error ?? repositories.error ?? null,
  }
}

const pageSlot = ({ user }: ActiveSession) => ({ purpose: 'page', userId: user.id, within: PAGE_TIMEOUT_MS }) as const

/** A refresh has no deadline here: if it were cut off, the new token could be lost. */
function getTokens(
  deps: AccountsDeps,
  { identityId, provider, user }: ActiveSession,
  refused?: string,
): Promise<ApiTokens> {
  return getValidTokens(deps, { identityId, provider, userId: user.id }, refused)
}

/** Tries again where the token was refused and there is a newer one: some providers do not say when a token expires. */
async function retryWithNewerToken<T>(
  deps: AccountsDeps,
  session: ActiveSession,
  tokens: ApiTokens,
  work: (tokens: ApiTokens) => Promise<T>,
): Promise<T> {
  try {
    return await work(tokens)
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.status !== 401) throw error
    const newer = await getTokens(deps, session, tokens.accessToken)
    if (newer.accessToken === tokens.accessToken) throw error
    return work(newer)
  }
}

/** Undefined where the provider sends the profile only at a sign-in, which is not an error. */
async function loadProfile(
  deps: AccountsDeps,
  protocol: Protocol,
  tokens: ApiTokens,
  session: ActiveSession,
): Promise<Profile | undefined> {
  const { identityId, subject } = session
  const identity = await deps.store.identities.load(identityId)
  // The identity was unlinked a moment ago.
  if (!identity) return undefined
  const load = (send: SlotSend) => protocol.loadUserInfo(send, tokens, { previous: storedClaims(identity) })
  const userInfo = await withCallSlot(deps, protocol.name, pageSlot(session), load).catch(error => {
    throw error instanceof ProtocolError && error.code === 'subject_mismatch' ? otherSubject() : error
  })
  const profile = userInfo && withTrustedEmail(userInfo)
  if (profile === undefined || profile.subject === subject) return profile
  throw otherSubject()
}

/** This changes nothing but the page, which shows less; the session goes on. */
const otherSubject = () =>
  new AccountError('provider_malformed', 'The API describes another person than the one who signed in')

async function tryLoad<T>(work: () => Promise<T>): Promise<{ value?: T; error?: string }> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof NotConnectedError) return { error: MISSING_CODES[error.reason] }
    if (!hasErrorCode(error) || THROWN_CODES.has(error.code)) throw error
    return { error: errorCodeOf(error) }
  }
}

/** The status of an API says more than the code: whether a retry can help, and who can help. */
function errorCodeOf(error: Error & { code: string }): string {
  const status = error instanceof ProtocolError ? (error.status ?? 0) : 0
  if (status === 401) return 'reconnect_needed'
  if (status === 403) return 'access_denied'
  return status === 429 || status >= 500 ? 'provider_failing' : error.code
}

/** Errors of our own database, and those for which a refresh has just ended the session. */
const THROWN_CODES = new Set(['store_unavailable', 'not_admitted', 'id_token_invalid', 'subject_mismatch'])

const MISSING_CODES = { 'not-connected': 'token_missing', reconnect: 'reconnect_needed' } as const
