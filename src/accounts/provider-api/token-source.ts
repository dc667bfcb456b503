import type { StoredTokens } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import type { ApiTokens } from '../protocols/protocol.js'
import type { ActiveSession } from '../sessions/active-session.js'
import type { ClientOptions, ClientToken } from './client-options.js'
import type { Connection } from './connection.js'
import { NotConnectedError, notConnected } from './not-connected.js'
import { getValidTokens, isExpired, isRefreshable, staysValid } from './valid-tokens.js'

/** Where a provider client has its tokens from. */
export interface TokenSource {
  /** Whether there are some that may work. */
  authorized(): Promise<boolean>
  /** For the caller to see; undefined where there are none. */
  read(): Promise<ClientToken | undefined>
  /** @throws NotConnected */
  valid(): Promise<ApiTokens>
  /** Others than one that was refused; undefined where there are none to be had. */
  newerThan(refused: string): Promise<ApiTokens | undefined>
}

/** The caller's own, which is nobody's to renew. */
export function givenToken({ accessToken, tokenSecret }: NonNullable<ClientOptions['token']>): TokenSource {
  const given = { accessToken, tokenSecret, tokenType: tokenSecret === undefined ? 'Bearer' : 'OAuth' }
  return {
    authorized: async () => true,
    read: async () => ({ ...given, scope: [], expiresAt: undefined }),
    valid: async () => given,
    newerThan: async () => undefined,
  }
}

/** Those of the signed-in person. Nothing is looked up before it is needed. */
export function storedTokens(deps: AccountsDeps, session: ActiveSession, provider: string): TokenSource {
  let connectionLookup: Promise<Connection | undefined> | undefined

  async function validTokens(refused?: string): Promise<StoredTokens> {
    const { refreshState, monotonic } = deps
    const recent = refused === undefined ? refreshState.recentTokens(session, provider) : undefined
    if (recent && staysValid(deps, recent)) return recent
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

/** What the session was opened with, or else what the person signed in with there last. */
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
  if (!isExpired(deps, tokens)) return true
  const { refreshExpiresAt } = tokens
  if (!isRefreshable(deps, provider, tokens)) return false
  if (refreshExpiresAt !== undefined && deps.now() >= refreshExpiresAt) return false
  return (await deps.store.identities.load(identityId))?.reconnectSince === null
}

const toClientToken = ({ accessToken, tokenSecret, tokenType, scope = '', expiresAt }: StoredTokens): ClientToken => ({
  ...{ accessToken, tokenSecret, tokenType, expiresAt },
  scope: scope.split(' ').filter(part => part !== ''),
})

function undefinedIfNotConnected(error: unknown): undefined {
  if (!(error instanceof NotConnectedError)) throw error
}
