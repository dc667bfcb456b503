import { sha256 } from '../../crypto/digest.js'
import type { Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import { removeUnusedTokens, revokeInBackground, type TokensToRevoke } from '../provider-api/revoke.js'
import { PAGE_TIMEOUT_MS } from '../time-limits.js'
import { removeUser } from '../users/delete-account.js'
import { lockAccount } from './account-lock.js'
import type { ActiveSession } from './active-session.js'
import { withSessionsEnding } from './end-sessions.js'
import type { Browser } from './sessions.js'

/** Ends a session here, and returns the URL where its provider ends its own, if it does. */
export async function signOut(
  deps: AccountsDeps,
  session: ActiveSession,
  browser: Browser,
): Promise<string | undefined> {
  const { id, provider, handleHash, identityId } = session
  const userId = session.user.id
  const ended = await withSessionsEnding(deps, async tables => {
    // Two that sign out at once would each see the other's session, and give nothing back; and a refresh under way would
    // write back what is given back.
    await tables.users.lock(userId, deps.now())
    const idToken = await tables.sessions.loadIdToken(handleHash)
    // Somebody else ended it, or another tab of theirs.
    if ((await tables.sessions.removeOne(userId, id)) === undefined) return undefined
    await tables.events.insert(toEventRow({ kind: 'signed-out', userId, provider, browser }, deps.now()))
    return { idToken, given: await removeUnusedTokens(deps, tables, { id: identityId, userId, provider }) }
  })
  if (!ended) return undefined
  revokeInBackground(deps, ended.given)
  deps.hooks.emit('signed-out', { provider, userId, by: 'person' })
  return await providerEndSessionUrl(deps, provider, ended.idToken)
}

/** The session here has ended, whatever the provider says or does not say. */
async function providerEndSessionUrl(
  deps: AccountsDeps,
  name: string,
  idToken: string | undefined,
): Promise<string | undefined> {
  const protocol = deps.providers.get(name)
  if (!protocol?.endSessionUrl) return undefined
  const request = { idToken, postLogoutRedirectUri: deps.redirectUri('/signed-out'), state: deps.random() }
  try {
    return await deps.waitAtMost(PAGE_TIMEOUT_MS, protocol.endSessionUrl(request), name)
  } catch (error) {
    if (!hasErrorCode(error)) throw error
    return undefined
  }
}

/** Ends another session of the same person; false where they have none of that id. */
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

/** Ends all sessions of a person but the one that asks. */
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
  const { ended, given: tokensToRevoke } = await withSessionsEnding(deps, async tables => {
    await lockAccount(tables, session, deps.now())
    const ended = new Set(await remove(tables))
    const identities = (await tables.identities.listOfUser(user.id)).filter(({ id }) => ended.has(id))
    const given: TokensToRevoke[] = []
    for (const { id, provider } of identities) {
      const event = { kind: 'session-ended', code: 'person', userId: user.id, provider, browser } as const
      await tables.events.insert(toEventRow(event, deps.now()))
      given.push(...(await removeUnusedTokens(deps, tables, { id, userId: user.id, provider })))
    }
    return { ended: identities, given }
  })
  revokeInBackground(deps, tokensToRevoke)
  for (const { provider } of ended) deps.hooks.emit('signed-out', { provider, userId: user.id, by: 'person' })
  return ended.length
}

/**
 * Ends the sessions that a provider says are over (OpenID Connect Back-Channel Logout, 2.7). The same token twice, also
 * at once, counts once.
 */
export async function backchannelLogout(deps: AccountsDeps, name: string, token: string): Promise<void> {
  const protocol = deps.providers.get(name)
  if (!protocol?.readLogoutToken) throw new AccountError('not_found', `${name} is no provider that ends sessions here`)
  const notice = await protocol.readLogoutToken(token)
  const { issuer, subject, sid, tokenHash: mark, expiresAt } = notice
  const ended = await withSessionsEnding(deps, async tables => {
    if (!(await tables.usedLogoutTokens.markUsed(sha256(`${name} ${mark}`), expiresAt))) return []
    const userIds = await tables.sessions.removeOfProvider({ provider: name, issuer, subject, sid })
    for (const userId of userIds) {
      const event = { kind: 'session-ended', code: 'provider', userId, provider: name } as const
      await tables.events.insert(toEventRow(event, deps.now()))
    }
    return userIds
  })
  for (const userId of ended) deps.hooks.emit('signed-out', { provider: name, userId, by: 'provider' })
}

/** Deletes an account with all that belongs to it. What is left is an event that names nobody. */
export async function deleteAccount(deps: AccountsDeps, session: ActiveSession): Promise<void> {
  const { user, provider } = session
  const given = await withSessionsEnding(deps, async tables => {
    // Or somebody who has just been disabled could be gone before it counts, and come in again as somebody new.
    await lockAccount(tables, session, deps.now())
    const { tokensToRevoke: given } = await removeUser(deps, tables, user.id)
    await tables.events.insert(toEventRow({ kind: 'account-deleted', provider }, deps.now()))
    return given
  })
  revokeInBackground(deps, given)
  deps.hooks.emit('signed-out', { provider, userId: user.id, by: 'person' })
}
