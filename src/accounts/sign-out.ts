import { sha256 } from '../crypto/digest.js'
import type { Tables } from '../store/types.js'
import { holdAccount } from './asker.js'
import type { Deps } from './deps.js'
import { endingSessions } from './ending.js'
import type { LiveSession } from './live-session.js'
import { isCoded, Refusal } from './refusal.js'
import { removeAccount } from './removal.js'
import type { Browser } from './sessions.js'
import { PAGE_TIMEOUT_MS } from './time-limits.js'
import { type GivenBack, giveBack, takeUnusedTokens } from './tokens/revocation.js'
import { eventOf } from './trail.js'

/** Ends a session here, and returns the URL where its provider ends its own, if it does. */
export async function signOut(deps: Deps, session: LiveSession, browser: Browser): Promise<string | undefined> {
  const { id, provider, handleHash, identityId } = session
  const userId = session.user.id
  const ended = await endingSessions(deps, async tables => {
    // Two that sign out at once would each see the other's session, and give nothing back; and a refresh under way would
    // write back what is given back.
    await tables.users.lock(userId, deps.now())
    const idToken = await tables.sessions.idTokenOf(handleHash)
    // Somebody else ended it, or another tab of theirs.
    if ((await tables.sessions.removeOne(userId, id)) === undefined) return undefined
    await tables.events.insert(eventOf({ kind: 'signed-out', userId, provider, browser }, deps.now()))
    return { idToken, given: await takeUnusedTokens(deps, tables, { id: identityId, userId, provider }) }
  })
  if (!ended) return undefined
  giveBack(deps, ended.given)
  deps.hooks.tell('signed-out', { provider, userId, by: 'person' })
  return await providersOwnEnd(deps, provider, ended.idToken)
}

/** The session here has ended, whatever the provider says or does not say. */
async function providersOwnEnd(deps: Deps, name: string, idToken: string | undefined): Promise<string | undefined> {
  const protocol = deps.providers.get(name)
  if (!protocol?.endSessionUrl) return undefined
  const question = { idToken, postLogoutRedirectUri: deps.redirectUri('/signed-out'), state: deps.random() }
  try {
    return await deps.waitAtMost(PAGE_TIMEOUT_MS, protocol.endSessionUrl(question), name)
  } catch (error) {
    if (!isCoded(error)) throw error
    return undefined
  }
}

/** Ends another session of the same person; false where they have none of that id. */
export async function endSession(deps: Deps, session: LiveSession, id: string, browser: Browser): Promise<boolean> {
  const ended = await endThem(deps, session, browser, async tables => {
    const identityId = await tables.sessions.removeOne(session.user.id, id)
    return identityId === undefined ? [] : [identityId]
  })
  return ended > 0
}

/** Ends all sessions of a person but the one that asks. */
export async function endOtherSessions(deps: Deps, session: LiveSession, browser: Browser): Promise<void> {
  await endThem(deps, session, browser, tables => tables.sessions.removeOthers(session.user.id, session.handleHash))
}

/** @param remove returns the identities of the sessions that it ended */
async function endThem(
  deps: Deps,
  session: LiveSession,
  browser: Browser,
  remove: (tables: Tables) => Promise<string[]>,
): Promise<number> {
  const { user } = session
  const { ended, given } = await endingSessions(deps, async tables => {
    await holdAccount(tables, session, deps.now())
    const ended = new Set(await remove(tables))
    const identities = (await tables.identities.ofUser(user.id)).filter(({ id }) => ended.has(id))
    const given: GivenBack[] = []
    for (const { id, provider } of identities) {
      const event = { kind: 'session-ended', code: 'person', userId: user.id, provider, browser } as const
      await tables.events.insert(eventOf(event, deps.now()))
      given.push(...(await takeUnusedTokens(deps, tables, { id, userId: user.id, provider })))
    }
    return { ended: identities, given }
  })
  giveBack(deps, given)
  for (const { provider } of ended) deps.hooks.tell('signed-out', { provider, userId: user.id, by: 'person' })
  return ended.length
}

/**
 * Ends the sessions that a provider says are over (OpenID Connect Back-Channel Logout, 2.7). The same token twice, also
 * at once, counts once.
 */
export async function endByProvider(deps: Deps, name: string, token: string): Promise<void> {
  const protocol = deps.providers.get(name)
  if (!protocol?.readLogoutToken) throw new Refusal('not_found', `${name} is no provider that ends sessions here`)
  const notice = await protocol.readLogoutToken(token)
  const { issuer, subject, sid, mark, expiresAt } = notice
  const ended = await endingSessions(deps, async tables => {
    if (!(await tables.usedLogoutTokens.use(sha256(`${name} ${mark}`), expiresAt))) return []
    const userIds = await tables.sessions.removeOfProvider({ provider: name, issuer, subject, sid })
    for (const userId of userIds) {
      const event = { kind: 'session-ended', code: 'provider', userId, provider: name } as const
      await tables.events.insert(eventOf(event, deps.now()))
    }
    return userIds
  })
  for (const userId of ended) deps.hooks.tell('signed-out', { provider: name, userId, by: 'provider' })
}

/** Deletes an account with all that belongs to it. What is left is an event that names nobody. */
export async function leave(deps: Deps, session: LiveSession): Promise<void> {
  const { user, provider } = session
  const given = await endingSessions(deps, async tables => {
    // Or somebody who has just been disabled could be gone before it counts, and come in again as somebody new.
    await holdAccount(tables, session, deps.now())
    const { given } = await removeAccount(deps, tables, user.id)
    await tables.events.insert(eventOf({ kind: 'account-deleted', provider }, deps.now()))
    return given
  })
  giveBack(deps, given)
  deps.hooks.tell('signed-out', { provider, userId: user.id, by: 'person' })
}
