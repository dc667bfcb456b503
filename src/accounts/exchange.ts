import type { CallbackParams } from '../oauth/authorize.js'
import { exchangeCode } from '../oauth/token.js'
import type { Send } from '../oauth/types.js'
import { readUserAnswer, userRequest } from '../oauth/userinfo.js'
import type { Profile, OAuth2Provider as Provider } from '../providers/provider.js'
import { apiGet } from './api.js'
import { type Attempt, attemptMark, retryOf } from './attempt.js'
import type { Deps } from './deps.js'
import type { Answered } from './identities.js'
import { Refusal } from './refusal.js'

/**
 * Spends the code, once. The slot comes first, because a busy provider must cost nobody their attempt; the mark comes
 * before the code, because of two callers with one answer only one may spend it.
 */
export async function exchange(
  deps: Deps,
  provider: Provider,
  attempt: Attempt,
  callback: CallbackParams,
): Promise<Answered> {
  const slot = deps.takeSlot(provider.name)
  try {
    await markUsed(deps, attempt)
    const question = { code: callback.code, codeVerifier: attempt.codeVerifier, redirectUri: attempt.redirectUri }
    const tokens = await exchangeCode(slot.send, provider, question)
    const profile = await loadProfile(slot.send, provider, tokens.accessToken)
    return { provider, profile, tokens }
  } finally {
    slot.release()
  }
}

/** The person that a token belongs to, as the provider's API tells it now. */
export async function loadProfile(send: Send, provider: Provider, accessToken: string): Promise<Profile> {
  const user = readUserAnswer(await send(userRequest(provider.userUrl, accessToken, provider)))
  return provider.readProfile(user, apiGet(send, provider, accessToken))
}

async function markUsed(deps: Deps, attempt: Attempt): Promise<void> {
  if (await deps.store.usedAttempts.use(attemptMark(attempt), deps.now())) return
  throw new Refusal('attempt_used', 'The attempt was used before', { retry: retryOf(attempt) })
}
