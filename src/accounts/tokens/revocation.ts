import type { ListedIdentity, Tables } from '../../store/types.js'
import type { Deps } from '../deps.js'
import type { RevocableTokens } from '../protocols/protocol.js'
import { withSlot } from '../slot.js'

/** Tokens that are ours no more, and the provider's to end. */
export interface GivenBack {
  provider: string
  tokens: RevocableTokens
}

/** What tokens are given back with. */
export type GiveBackDeps = Pick<Deps, 'providers' | 'errands' | 'takeSlot' | 'waitForSlot'>

/** Takes the tokens of an identity out of the store, for `giveBack` once the transaction has committed. */
export async function takeTokens(
  deps: Pick<Deps, 'providers'>,
  tables: Tables,
  identity: IdentityAt,
): Promise<GivenBack[]> {
  const tokens = revokes(deps, identity) ? await tables.tokens.load(identity.id) : undefined
  await tables.tokens.remove(identity.id)
  return tokens ? [{ provider: identity.provider, tokens }] : []
}

/**
 * The same where an identity has no session left. Tokens that the provider does not take back stay: the next sign-in may
 * bring no new refresh token.
 */
export async function takeUnusedTokens(deps: Deps, tables: Tables, identity: IdentityAt): Promise<GivenBack[]> {
  if (!revokes(deps, identity)) return []
  const now = deps.now()
  const seenAfter = deps.sessions.seenBefore(now)
  if (await tables.sessions.anyOfIdentity(identity.id, now, seenAfter)) return []
  // Whoever is signed in with another identity has to see that this one needs new tokens.
  const others = await tables.sessions.liveOfUser(identity.userId, now, seenAfter, 1)
  if (others.length > 0) await tables.identities.needReconnect(identity.id, now)
  return takeTokens(deps, tables, identity)
}

type IdentityAt = Pick<ListedIdentity, 'id' | 'userId' | 'provider'>

const revokes = ({ providers }: Pick<Deps, 'providers'>, { provider }: IdentityAt): boolean =>
  providers.get(provider)?.revoke !== undefined

/** Gives tokens back to their providers (RFC 7009). Nobody waits for it, and nobody is harmed where it fails. */
export function giveBack(deps: GiveBackDeps, given: readonly GivenBack[]): void {
  for (const { provider, tokens } of given) {
    const revoke = deps.providers.get(provider)?.revoke
    if (!revoke) continue
    deps.errands.run(provider, () => withSlot(deps, provider, { purpose: 'revocation' }, send => revoke(send, tokens)))
  }
}
