import type { StoredTokens } from '../../store/types.js'
import type { Deps } from '../deps.js'
import type { LiveSession } from '../live-session.js'
import type { Tokens } from '../protocols/protocol.js'
import type { ClientOptions, ClientToken } from './client-options.js'
import type { Connection } from './connection.js'
import { freshTokens, isLasting, isOver, isRenewable } from './fresh-tokens.js'
import { NotConnected, neverConnected } from './not-connected.js'

/** Where a provider client has its tokens from. */
export interface TokenSource {
  /** Whether there are some that may work. */
  authorized(): Promise<boolean>
  /** For the caller to see; undefined where there are none. */
  told(): Promise<ClientToken | undefined>
  /** @throws NotConnected */
  fresh(): Promise<Tokens>
  /** Others than one that was refused; undefined where there are none to be had. */
  newer(refused: string): Promise<Tokens | undefined>
}

/** The caller's own, which is nobody's to renew. */
export function ownToken({ accessToken, tokenSecret }: NonNullable<ClientOptions['token']>): TokenSource {
  const told = { accessToken, tokenSecret, tokenType: tokenSecret === undefined ? 'Bearer' : 'OAuth' }
  return {
    authorized: async () => true,
    told: async () => ({ ...told, scope: [], expiresAt: undefined }),
    fresh: async () => told,
    newer: async () => undefined,
  }
}

/** Those of the signed-in person. Nothing is looked up before it is needed. */
export function storedTokens(deps: Deps, session: LiveSession, provider: string): TokenSource {
  let found: Promise<Connection | undefined> | undefined

  async function fresh(refused?: string): Promise<StoredTokens> {
    const { refreshes, monotonic } = deps
    const known = refused === undefined ? refreshes.recall(session, provider) : undefined
    if (known && isLasting(deps, known)) return known
    const asked = monotonic()
    found ??= connectionOf(deps, session, provider)
    const connection = await found
    if (!connection) throw neverConnected(deps, provider)
    const tokens = await freshTokens(deps, connection, refused)
    refreshes.remember(session, provider, tokens, asked)
    return tokens
  }

  return {
    fresh: () => fresh(),
    async authorized() {
      found ??= connectionOf(deps, session, provider)
      const connection = await found
      return connection !== undefined && mayWork(deps, connection)
    },
    told: () => fresh().then(shown, orNothing),
    async newer(refused) {
      const tokens = await fresh(refused)
      return tokens.accessToken === refused ? undefined : tokens
    },
  }
}

/** What the session was opened with, or else what the person signed in with there last. */
async function connectionOf({ store }: Deps, session: LiveSession, provider: string): Promise<Connection | undefined> {
  const userId = session.user.id
  if (session.provider === provider) return { identityId: session.identityId, userId, provider }
  const [last] = (await store.identities.ofUser(userId))
    .filter(identity => identity.provider === provider)
    .sort((one, other) => other.lastSignInAt - one.lastSignInAt)
  return last && { identityId: last.id, userId, provider }
}

async function mayWork(deps: Deps, { identityId, provider }: Connection): Promise<boolean> {
  const tokens = await deps.store.tokens.load(identityId)
  if (!tokens) return false
  if (!isOver(deps, tokens)) return true
  const { refreshExpiresAt } = tokens
  if (!isRenewable(deps, provider, tokens)) return false
  if (refreshExpiresAt !== undefined && deps.now() >= refreshExpiresAt) return false
  return (await deps.store.identities.load(identityId))?.reconnectSince === null
}

const shown = ({ accessToken, tokenSecret, tokenType, scope = '', expiresAt }: StoredTokens): ClientToken => ({
  ...{ accessToken, tokenSecret, tokenType, expiresAt },
  scope: scope.split(' ').filter(part => part !== ''),
})

function orNothing(error: unknown): undefined {
  if (!(error instanceof NotConnected)) throw error
}
