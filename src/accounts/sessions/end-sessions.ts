import { sha256 } from '../../crypto/digest.js'
import type { Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import type { EndedBy } from '../hooks.js'
import type { Connection } from '../provider-api/connection.js'
import { removeUnusedTokens, revokeInBackground, type TokensToRevoke } from '../provider-api/revoke.js'
import { PAGE_TIMEOUT_MS } from '../provider-calls.js'
import { type ActiveSession, lockAccount } from './active-session.js'
import type { Browser } from './sessions.js'

/** Ends a session here, and returns the URL at which the provider ends its own session, where there is one. */
export async function signOut(
  deps: AccountsDeps,
  session: ActiveSession,
  browser: Browser,
): Promise<string | undefined> {
  const { id, provider, handleHash, identityId } = session
  const userId = session.user.id
  const ended = await withSessionsEnding(deps, async tables => {
    // Two sign-outs at once would each see the other's session, and revoke no tokens; and a refresh that is running would
    // save new tokens after the old ones are revoked.
    await tables.users.lock(userId, deps.now())
    const idToken = await tables.sessions.loadIdToken(handleHash)
    // It has ended already: from another tab, from another session of this user, or by an operator.
    if ((await tables.sessions.removeOne(userId, id)) === undefined) return undefined
    await tables.events.insert(toEventRow({ kind: 'signed-out', userId, provider, browser }, deps.now()))
    const tokensToRevoke = await removeUnusedTokens(deps, tables, { id: identityId, userId, provider })
    return { idToken, tokensToRevoke }
  })
  if (!ended) return undefined
  revokeInBackground(deps, ended.tokensToRevoke)
  deps.hooks.emit('signed-out', { provider, userId, by: 'person' })
  return await providerEndSessionUrl(deps, provider, ended.idToken)
}

/** The session here has ended already, so an error of the provider is ignored. */
async function providerEndSessionUrl(
  { providers, redirectUri, random, waitAtMost }: AccountsDeps,
  name: string,
  idToken: string | undefined,
): Promise<string | undefined> {
  const protocol = providers.get(name)
  if (!protocol?.endSessionUrl) return undefined
  const request = { idToken, postLogoutRedirectUri: redirectUri('/signed-out'), state: random() }
  try {
    return await waitAtMost(PAGE_TIMEOUT_MS, protocol.endSessionUrl(request), name)
  } catch (error) {
    if (!hasErrorCode(error)) throw error
    return undefined
  }
}

/** Ends another session of the same user; false where the user has no session with that id. */
export async function endSession(
  deps: AccountsDeps,
  session: ActiveSession,
  id: string,
  browser: Browser,
): Promise<boolean> {
  const ended = await endSessionsBy(deps, session, browser, async tables => {
    const identityId = await tables.sessions.removeOne(session.user.id, id)
    return identityId === undefined ? [] : [identityId]
  })
  return ended > 0
}

/** Ends all sessions of a user except the one of the request. */
export async function endOtherSessions(deps: AccountsDeps, session: ActiveSession, browser: Browser): Promise<void> {
  await endSessionsBy(deps, session, browser, tables =>
    tables.sessions.removeOthers(session.user.id, session.handleHash),
  )
}

/** @param remove returns the identities of the sessions that it ended */
async function endSessionsBy(
  deps: AccountsDeps,
  session: ActiveSession,
  browser: Browser,
  remove: (tables: Tables) => Promise<string[]>,
): Promise<number> {
  const { user } = session
  const { ended, tokensToRevoke } = await withSessionsEnding(deps, async tables => {
    await lockAccount(tables, session, deps.now())
    const endedIds = new Set(await remove(tables))
    const ended = (await tables.identities.listOfUser(user.id)).filter(({ id }) => endedIds.has(id))
    const tokensToRevoke: TokensToRevoke[] = []
    for (const { id, provider } of ended) {
      const event = { kind: 'session-ended', code: 'person', userId: user.id, provider, browser } as const
      await tables.events.insert(toEventRow(event, deps.now()))
      tokensToRevoke.push(...(await removeUnusedTokens(deps, tables, { id, userId: user.id, provider })))
    }
    return { ended, tokensToRevoke }
  })
  revokeInBackground(deps, tokensToRevoke)
  for (const { provider } of ended) deps.hooks.emit('signed-out', { provider, userId: user.id, by: 'person' })
  return ended.length
}

/**
 * Ends the sessions that a provider has ended (OpenID Connect Back-Channel Logout, 2.7). A token that is sent twice, also
 * at the same time, counts once.
 */
export async function backchannelLogout(deps: AccountsDeps, name: string, token: string): Promise<void> {
  const protocol = deps.providers.get(name)
  if (!protocol?.readLogoutToken)
    throw new AccountError('not_found', `${name} is not a provider that ends sessions here`)
  const { issuer, subject, sid, tokenHash, expiresAt } = await protocol.readLogoutToken(token)
  const userIds = await withSessionsEnding(deps, async tables => {
    if (!(await tables.usedLogoutTokens.markUsed(sha256(`${name} ${tokenHash}`), expiresAt))) return []
    const userIds = await tables.sessions.removeOfProvider({ provider: name, issuer, subject, sid })
    for (const userId of userIds) {
      const event = { kind: 'session-ended', code: 'provider', userId, provider: name } as const
      await tables.events.insert(toEventRow(event, deps.now()))
    }
    return userIds
  })
  for (const userId of userIds) deps.hooks.emit('signed-out', { provider: name, userId, by: 'provider' })
}

/**
 * A transaction in which sessions end. This process forgets all sessions at once, also where a step after the commit
 * fails: tokens in an external store are removed only then.
 */
export const withSessionsEnding = <T>(
  { store, sessions }: Pick<AccountsDeps, 'store' | 'sessions'>,
  work: (tables: Tables) => Promise<T>,
): Promise<T> => store.transaction(work).finally(() => sessions.forgetAll())

/** Ends the sessions that were opened with an identity; returns whether there were any. */
export async function endSessionsOfIdentity(
  tables: Tables,
  { identityId, userId, provider }: Connection,
  by: EndedBy,
  now: number,
): Promise<boolean> {
  const ended = await tables.sessions.removeAllOfIdentity(identityId)
  if (ended === 0) return false
  await tables.events.insert(toEventRow({ kind: 'session-ended', code: by, userId, provider }, now))
  return true
}

/** To be called when the transaction has committed. */
export function emitSignedOut(
  { sessions, hooks }: Pick<AccountsDeps, 'sessions' | 'hooks'>,
  { userId, provider }: Connection,
  by: EndedBy,
): void {
  sessions.forgetAll()
  hooks.emit('signed-out', { provider, userId, by })
}
