import type { ListedIdentity, Tables } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import type { RevocableTokens } from '../protocols/protocol.js'
import { type ProviderCalls, withCallSlot } from '../provider-calls.js'

/** Tokens that are no longer stored here, for the provider to revoke. */
export interface TokensToRevoke {
  provider: string
  tokens: RevocableTokens
}

export type RevokeDeps = Pick<AccountsDeps, 'providers' | 'backgroundTasks'> & ProviderCalls

/** Removes the tokens of an identity from the store, for `revokeInBackground` after the transaction has committed. */
export async function removeTokens(
  deps: Pick<AccountsDeps, 'providers'>,
  tables: Tables,
  identity: IdentityRef,
): Promise<TokensToRevoke[]> {
  const tokens = supportsRevocation(deps, identity) ? await tables.tokens.load(identity.id) : undefined
  await tables.tokens.remove(identity.id)
  return tokens ? [{ provider: identity.provider, tokens }] : []
}

/**
 * The same, if an identity has no session left. Tokens that the provider cannot revoke stay: the next sign-in may bring
 * no new refresh token.
 */
export async function removeUnusedTokens(
  deps: AccountsDeps,
  tables: Tables,
  identity: IdentityRef,
): Promise<TokensToRevoke[]> {
  if (!supportsRevocation(deps, identity)) return []
  const now = deps.now()
  const seenAfter = deps.sessions.seenBefore(now)
  if (await tables.sessions.hasActiveOfIdentity(identity.id, now, seenAfter)) return []
  // A user who is signed in with another identity must see that this one needs new tokens.
  const others = await tables.sessions.listActiveOfUser(identity.userId, now, seenAfter, 1)
  if (others.length > 0) await tables.identities.setReconnectNeeded(identity.id, now)
  return removeTokens(deps, tables, identity)
}

type IdentityRef = Pick<ListedIdentity, 'id' | 'userId' | 'provider'>

const supportsRevocation = ({ providers }: Pick<AccountsDeps, 'providers'>, { provider }: IdentityRef): boolean =>
  providers.get(provider)?.revoke !== undefined

/** Revokes tokens at their providers (RFC 7009). No request waits for it, and a failure has no other effect. */
export function revokeInBackground(deps: RevokeDeps, removed: readonly TokensToRevoke[]): void {
  for (const { provider, tokens } of removed) {
    const revoke = deps.providers.get(provider)?.revoke
    if (!revoke) continue
    deps.backgroundTasks.run(provider, () =>
      withCallSlot(deps, provider, { purpose: 'revocation' }, send => revoke(send, tokens)),
    )
  }
}
