import { ProtocolError } from '../../oauth/errors.js'
import type { Identity } from '../../store/types.js'
import { admit, asksOfPerson, rolesOf } from '../access.js'
import type { Deps } from '../deps.js'
import { endSessionsOf, tellEnd } from '../ending.js'
import { factsOf, updateUserAfter } from '../identities.js'
import type { Described } from '../protocols/protocol.js'
import { isCoded, Refusal } from '../refusal.js'
import { withSlot } from '../slot.js'
import { storedClaims } from '../stored-claims.js'
import { RECHECK_TIMEOUT_MS } from '../time-limits.js'
import type { Connection } from './connection.js'
import { distrust } from './distrust.js'
import type { Renewal } from './renewal.js'

/**
 * Decides anew, after a refresh, whether a person may stay and what they may do: by what their provider says of them now,
 * where a rule asks for what can change, and else by what it said last, because the rules may be others by now. A
 * provider that cannot tell changes nothing.
 * @throws Refusal not_admitted where no rule lets them in any more: their sessions have ended
 */
export async function reconsider(deps: Deps, connection: Connection, renewal: Renewal): Promise<void> {
  const asks = asksOfPerson(deps.rules, deps.roleRules, connection.provider)
  const told = asks ? await personNow(deps, connection, renewal) : renewal.person
  if (asks && !told) return
  const person = told ?? asToldLast(deps, renewal.identity)
  if (!asks && (await isAsBefore(deps, connection, renewal.identity, person))) return
  const { refusal, changed, ended } = await judge(deps, connection, renewal, { ...person, isNew: told !== undefined })
  if (ended) tellEnd(deps, connection, 'rules')
  // What a session may do is remembered with it for a while.
  else if (changed) deps.sessions.forgetAll()
  // One that was only ever connected, to use its API, never let anybody in.
  if (refusal && ended) throw refusal
}

/** Spares nearly every refresh a transaction: rules and facts seldom change. */
async function isAsBefore(
  deps: Deps,
  { provider, identityId }: Connection,
  { login, email, emailVerified, groups }: Identity,
  person: Described,
): Promise<boolean> {
  const { profile } = person
  const now = [profile.login, profile.email, profile.emailVerified, person.groups]
  if (JSON.stringify(now) !== JSON.stringify([login, email, emailVerified, groups])) return false
  const before = await deps.store.roles.ofIdentity(identityId)
  return !refusalOf(deps, provider, person) && before.join() === rolesOf(deps.roleRules, provider, person).join()
}

function asToldLast({ providers }: Deps, identity: Identity): Described {
  const { provider, subject, login, email, emailVerified, groups } = identity
  const { claims: raw, sources } = storedClaims(identity)
  const profile = { ...{ subject, login, email, emailVerified, raw }, name: null, picture: null }
  return { profile, groups, sources, emailTrusted: providers.get(provider)?.emailTrusted }
}

const USE = { purpose: 'refresh', within: RECHECK_TIMEOUT_MS } as const

/** Undefined where the provider does not tell, or cannot. */
async function personNow(deps: Deps, connection: Connection, renewal: Renewal): Promise<Described | undefined> {
  const { identity, tokens, claims } = renewal
  const protocol = deps.providers.get(connection.provider)
  if (renewal.person || !protocol) return renewal.person
  const known = { before: storedClaims(identity), idToken: claims }
  try {
    const person = await withSlot(deps, protocol.name, USE, send => protocol.readPerson(send, tokens, known))
    if (person && person.profile.subject !== identity.subject) throw anotherPerson()
    return person
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'subject_mismatch') {
      await distrust(deps, connection, error)
      throw error
    }
    if (!isCoded(error)) throw error
    deps.refreshes.complain(error)
    // What a new ID token does not say any more is gone, also where the user endpoint cannot be asked.
    return protocol.readIdTokenPerson?.(known).catch(untold)
  }
}

/** The claims of the ID token alone do not tell who it is, or which groups. */
function untold(error: unknown): undefined {
  if (!isCoded(error)) throw error
}

const anotherPerson = () =>
  new ProtocolError('subject_mismatch', 'The renewed token is that of another person than the one who signed in')

/** A person, and whether the provider has told of them just now. */
type Judged = Described & { isNew: boolean }

async function judge(deps: Deps, connection: Connection, { tokens }: Renewal, person: Judged) {
  const { identityId, userId, provider } = connection
  const refusal = refusalOf(deps, provider, person)
  const roles = rolesOf(deps.roleRules, provider, person)
  return deps.store.transaction(async tables => {
    const nothing = { refusal, changed: false, ended: false }
    await tables.users.lock(userId, deps.now())
    const identity = await tables.identities.load(identityId)
    // It may have been disconnected meanwhile.
    if (!identity) return nothing
    await tables.identities.updateFacts(identityId, factsOf({ ...person, tokens }))
    const isUserChanged = person.isNew && (await updateUserAfter(tables, identity, person, deps.now()))
    const before = await tables.roles.ofIdentity(identityId)
    await tables.roles.replace(identityId, roles)
    const ended = refusal !== undefined && (await endSessionsOf(deps, tables, connection, 'rules'))
    return { ...nothing, ended, changed: isUserChanged || before.join() !== roles.join() }
  })
}

function refusalOf({ rules }: Deps, provider: string, person: Described): Refusal | undefined {
  try {
    admit(rules, provider, person)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
