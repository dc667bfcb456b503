import type { StoredTokens } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import type { ApiTokens } from '../protocols/protocol.js'
import type { ActiveSession } from '../sessions/active-session.js'
import { type Connection, NotConnectedError, notConnected } from './connection.js'
import { getValidTokens, isAccessTokenExpired, isRefreshable, staysValid } from './valid-tokens.js'

export interface ClientToken {
  accessToken: string
  /** OAuth 1.0a: requests are signed with it. */
  tokenSecret: string | undefined
  tokenType: string
  scope: readonly string[]
  expiresAt: number | undefined
}

export interface ClientOptions {
  /** A token of the caller's, in place of the user's stored one; it is never refreshed. */
  token?: { accessToken: string; tokenSecret?: string }
}

/** Where a provider client gets its tokens. */
export interface TokenSource {
  /** Whether there are tokens that probably work. */
  authorized(): Promise<boolean>
  /** The tokens for the caller; undefined if the user has none of this provider. */
  read(): Promise<ClientToken | undefined>
  /** @throws NotConnectedError */
  valid(): Promise<ApiTokens>
  /** Newer tokens than the one that was refused; undefined if no newer tokens are stored. */
  newerThan(refused: string): Promise<ApiTokens | undefined>
}

/** The caller's own token, which is never refreshed. */
export function givenToken({ accessToken, tokenSecret }: NonNullable<ClientOptions['token']>): TokenSource {
  const given = { accessToken, tokenSecret, tokenType: tokenSecret === undefined ? 'Bearer' : 'OAuth' }
  return {
    authorized: async () => true,
    read: async () => ({ ...given, scope: [], expiresAt: undefined }),
    valid: async () => given,
    newerThan: async () => undefined,
  }
}

/** The stored tokens of the signed-in user. Nothing is read before it is needed. */
export function storedTokens(deps: AccountsDeps, session: ActiveSession, provider: string): TokenSource {
  let connectionLookup: Promise<Connection | undefined> | undefined

  async function validTokens(refused?: string): Promise<StoredTokens> {
    const { refreshState, monotonic } = deps
    const recent = refused === undefined ? refreshState.recentTokens(session, provider) : undefined
    if (recent && staysValid(recent, deps.now())) return recent
    const readAt = monotonic()
    connectionLookup ??= findConnection(deps, session, provider)
    const connection = await connectionLookup
    if (!connection) throw notConnected(deps, provider)
    const tokens = await getValidTokens(deps, connection, refused)
    refreshState.rememberTokens(session, provider, tokens, readAt)
    return tokens
  }

  return {
    valid: () => validTokens(),
    async authorized() {
      connectionLookup ??= findConnection(deps, session, provider)
      const connection = await connectionLookup
      return connection !== undefined && isUsable(deps, connection)
    },
    read: () => validTokens().then(toClientToken, undefinedIfNotConnected),
    async newerThan(refused) {
      const tokens = await validTokens(refused)
      return tokens.accessToken === refused ? undefined : tokens
    },
  }
}

/** The identity that the session was opened with, or else the one that the user last signed in with at the provider. */
async function findConnection(
  { store }: AccountsDeps,
  session: ActiveSession,
  provider: string,
): Promise<Connection | undefined> {
  const userId = session.user.id
  if (session.provider === provider) return { identityId: session.identityId, userId, provider }
  const [last] = (await store.identities.listOfUser(userId))
    .filter(identity => identity.provider === provider)
    .sort((one, other) => other.lastSignInAt - one.lastSignInAt)
  return last && { identityId: last.id, userId, provider }
}

async function isUsable(deps: AccountsDeps, { identityId, provider }: Connection): Promise<boolean> {
  const tokens = await deps.store.tokens.load(identityId)
  if (!tokens) return false
  if (!isAccessTokenExpired(tokens, deps.now())) return true
  const { refreshExpiresAt } = tokens
  if (!isRefreshable(deps.providers, provider, tokens)) return false
  if (refreshExpiresAt !== undefined && deps.now() >= refreshExpiresAt) return false
  return (await deps.store.identities.load(identityId))?.reconnectSince === null
}

const toClientToken = ({ accessToken, tokenSecret, tokenType, scope = '', expiresAt }: StoredTokens): ClientToken => ({
  accessToken,
  tokenSecret,
  tokenType,
  expiresAt,
  scope: scope.split(' ').filter(part => part !== ''),
})

function undefinedIfNotConnected(error: unknown): undefined {
  if (!(error instanceof NotConnectedError)) throw error
}
