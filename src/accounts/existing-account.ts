import type { ListedIdentity, User } from '../store/types.js'
import type { Attempt } from './attempt.js'
import type { Deps } from './deps.js'
import type { Answered } from './identities.js'
import { keyOf } from './identities.js'
import { Refusal } from './refusal.js'
import { identityMark, issueTicket } from './ticket.js'

/** An account that has verified the address of a new identity. */
interface Owner {
  user: User
  identities: readonly ListedIdentity[]
}

const MAX_ACCOUNTS = 10

/**
 * The refusal of a new identity whose address is verified by accounts that are there: its person has to sign in to one of
 * them first, or to ask the operator. Undefined where PROVIDERS names none that could open one of them any more; then the
 * person gets an account of their own. Nothing has been written.
 *
 * A disabled account keeps its claim on the address: else a person who was shut out would come back by another provider,
 * or as soon as their own leaves PROVIDERS. The claim ends when the operator enables or deletes the account.
 */
export async function refuseForExisting(
  deps: Deps,
  attempt: Attempt,
  answered: Answered,
  userIds: readonly string[],
): Promise<Refusal | undefined> {
  const owners = await loadOwners(deps, userIds)
  const open = owners.filter(({ user }) => user.disabledAt === null)
  const used = new Set(open.flatMap(({ identities }) => identities).map(({ provider }) => provider))
  const providers = [...deps.providers.keys()].filter(name => used.has(name))
  if (providers.length > 0) return linkNeeded(deps, attempt, answered, { owners: open, providers })
  const disabled = owners.find(({ user }) => user.disabledAt !== null)
  return disabled && ownerDisabled(answered, disabled)
}

async function loadOwners({ store }: Deps, userIds: readonly string[]): Promise<Owner[]> {
  const owners = userIds.map(async id => {
    const user = await store.users.find(id)
    return user ? [{ user, identities: await store.identities.ofUser(id) }] : []
  })
  return (await Promise.all(owners)).flat()
}

/** To be joined by signing in to one of the accounts. Their provider that has just answered would only answer the same. */
function linkNeeded(
  deps: Deps,
  { state }: Attempt,
  answered: Answered,
  { owners, providers }: { owners: readonly Owner[]; providers: readonly string[] },
): Refusal {
  const { provider } = answered
  const others = providers.filter(name => name !== provider)
  // A ticket is kept in a cookie, which is small; more accounts with one address are not expected.
  const userIds = owners.slice(0, MAX_ACCOUNTS).map(({ user }) => user.id)
  const ticket = { provider, identity: identityMark(keyOf(answered)), userIds }
  return new Refusal('link_needed', linkNeededMessage(answered, owners, others), {
    ...(others.length === 0 && { situation: 'only_same_provider' }),
    join: { providers: others, ticket: issueTicket(deps.attemptSealer, ticket, state, deps.now()) },
  })
}

function linkNeededMessage(answered: Answered, owners: readonly Owner[], others: readonly string[]): string {
  const remedy = renamedIssuer(answered, owners) ?? sharedAddress(owners) ?? onlySameProvider(answered, owners, others)
  const facts = `${newIdentity(answered)} has the verified address of ${inWords(owners)}`
  return remedy === undefined ? facts : `${facts}. ${remedy}`
}

/** The same subject under another issuer is most likely the same person, and then all people of that provider are locked out. */
function renamedIssuer({ provider, issuer, profile }: Answered, owners: readonly Owner[]): string | undefined {
  const before = owners
    .flatMap(({ identities }) => identities)
    .find(each => each.provider === provider && each.subject === profile.subject && each.issuer !== issuer)
  if (!before) return undefined
  const command = `vestibule identities move --provider ${provider} --from-issuer ${quoted(before.issuer)} --to-issuer ${quoted(issuer)}`
  return `The subject is the same and the issuer another one. If the provider was renamed: ${command}`
}

function sharedAddress([first, second]: readonly Owner[]): string | undefined {
  if (!first || !second) return undefined
  return `Several accounts have the address. If they are of one person: vestibule users merge ${second.user.id} ${first.user.id}`
}

function onlySameProvider(
  { provider }: Answered,
  [owner]: readonly Owner[],
  others: readonly string[],
): string | undefined {
  if (others.length > 0 || !owner) return undefined
  return (
    `Only ${provider} itself opens that account, and it answered with another person. If ${provider} made a new account for the same person, ` +
    `ACCOUNT_LINKING=verified lets them in while it is set; if the address has a new owner: vestibule users delete ${owner.user.id}`
  )
}

function ownerDisabled(answered: Answered, owner: Owner): Refusal {
  const { id } = owner.user
  const message =
    `${newIdentity(answered)} has the verified address of ${inWords([owner])}, which is disabled. ` +
    `To let them in again: vestibule users enable ${id}; to set the address free: vestibule users delete ${id}`
  return new Refusal('account_disabled', message, { userId: id, situation: 'owner_disabled' })
}

const newIdentity = ({ provider, issuer, profile }: Answered): string =>
  `A new identity of ${provider} (${keyInWords({ issuer, subject: profile.subject })})`

const MAX_LISTED = 3

function inWords(owners: readonly Owner[]): string {
  const listed = owners.slice(0, MAX_LISTED).map(({ user, identities }) => {
    const their = identities.slice(0, MAX_LISTED).map(each => `${each.id} of ${each.provider}, ${keyInWords(each)}`)
    return `user ${user.id} (identity ${their.join('; identity ')})`
  })
  return `${listed.join(' and ')}${owners.length > MAX_LISTED ? ' and others' : ''}`
}

const keyInWords = ({ issuer, subject }: { issuer: string; subject: string }): string =>
  `subject ${subject}${issuer === '' ? '' : `, issuer ${issuer}`}`

/** As a shell reads it. */
const quoted = (text: string): string => (/^[\w:/.%~+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
