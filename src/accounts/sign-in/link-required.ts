import type { ListedIdentity, Store, User } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError } from '../errors.js'
import type { Attempt } from './attempt.js'
import { identityKey, type ProviderIdentity } from './find-or-create-user.js'
import { identityHash, issueLinkToken } from './link-token.js'

/** An account that has verified the address of a new identity. */
interface ExistingAccount {
  user: User
  identities: readonly ListedIdentity[]
}

const MAX_ACCOUNTS = 10

type LinkRequiredDeps = Pick<AccountsDeps, 'store' | 'providers' | 'attemptSealer' | 'now'>

/**
 * The error for a new identity whose address other accounts have verified: its person has to sign in to one of them
 * first, or to ask the operator. Undefined where no provider in PROVIDERS can open one of the accounts any more; then the
 * person gets a new account. Nothing has been written.
 *
 * A disabled account keeps its claim on the address: otherwise a disabled user could come back by another provider, or as
 * soon as their own provider leaves PROVIDERS. The claim ends when the operator enables or deletes the account.
 */
export async function linkRequired(
  deps: LinkRequiredDeps,
  attempt: Attempt,
  identity: ProviderIdentity,
  userIds: readonly string[],
): Promise<AccountError | undefined> {
  const accounts = await loadAccounts(deps.store, userIds)
  const enabled = accounts.filter(({ user }) => user.disabledAt === null)
  const used = new Set(enabled.flatMap(({ identities }) => identities).map(({ provider }) => provider))
  const providers = [...deps.providers.keys()].filter(name => used.has(name))
  if (providers.length > 0) return linkRequiredError(deps, attempt, identity, enabled, providers)
  const disabled = accounts.find(({ user }) => user.disabledAt !== null)
  return disabled && accountDisabledError(identity, disabled)
}

async function loadAccounts({ users, identities }: Store, userIds: readonly string[]): Promise<ExistingAccount[]> {
  const accounts = userIds.map(async id => {
    const user = await users.find(id)
    return user ? [{ user, identities: await identities.listOfUser(id) }] : []
  })
  return (await Promise.all(accounts)).flat()
}

/** The identity is linked by a sign-in to one of the accounts. The provider that has just responded would respond the same again. */
function linkRequiredError(
  { attemptSealer, now }: LinkRequiredDeps,
  { state }: Attempt,
  identity: ProviderIdentity,
  accounts: readonly ExistingAccount[],
  providers: readonly string[],
): AccountError {
  const { provider } = identity
  const others = providers.filter(name => name !== provider)
  // The token goes into a cookie, which is small; more accounts with one address are not expected.
  const userIds = accounts.slice(0, MAX_ACCOUNTS).map(({ user }) => user.id)
  const linkToken = { provider, identity: identityHash(identityKey(identity)), userIds }
  return new AccountError('link_needed', linkRequiredMessage(identity, accounts, others), {
    ...(others.length === 0 && { situation: 'only_same_provider' }),
    linkOptions: { providers: others, token: issueLinkToken(attemptSealer, linkToken, state, now()) },
  })
}

function linkRequiredMessage(
  identity: ProviderIdentity,
  accounts: readonly ExistingAccount[],
  others: readonly string[],
): string {
  const remedy =
    renamedIssuerRemedy(identity, accounts) ??
    sharedEmailRemedy(accounts) ??
    onlySameProviderRemedy(identity, accounts, others)
  const facts = `${describeNewIdentity(identity)} has the verified address of ${describeAccounts(accounts)}`
  return remedy === undefined ? facts : `${facts}. ${remedy}`
}

/** The same subject of another issuer is most likely the same person, and then all users of that provider are locked out. */
function renamedIssuerRemedy(
  { provider, issuer, profile }: ProviderIdentity,
  accounts: readonly ExistingAccount[],
): string | undefined {
  const before = accounts
    .flatMap(({ identities }) => identities)
    .find(each => each.provider === provider && each.subject === profile.subject && each.issuer !== issuer)
  if (!before) return undefined
  const command = `vestibule identities move --provider ${provider} --from-issuer ${shellQuoted(before.issuer)} --to-issuer ${shellQuoted(issuer)}`
  return `The subject is the same and the issuer another one. If the provider was renamed: ${command}`
}

function sharedEmailRemedy([first, second]: readonly ExistingAccount[]): string | undefined {
  if (!first || !second) return undefined
  return `Several accounts have the address. If they are of one person: vestibule users merge ${second.user.id} ${first.user.id}`
}

function onlySameProviderRemedy(
  { provider }: ProviderIdentity,
  [account]: readonly ExistingAccount[],
  others: readonly string[],
): string | undefined {
  if (others.length > 0 || !account) return undefined
  return (
    `Only ${provider} itself opens that account, and it returned another person. If ${provider} made a new account for the same person, ` +
    `ACCOUNT_LINKING=verified lets them in while it is set; if the address has a new owner: vestibule users delete ${account.user.id}`
  )
}

function accountDisabledError(identity: ProviderIdentity, account: ExistingAccount): AccountError {
  const { id } = account.user
  const message =
    `${describeNewIdentity(identity)} has the verified address of ${describeAccounts([account])}, which is disabled. ` +
    `To let them in again: vestibule users enable ${id}; to set the address free: vestibule users delete ${id}`
  return new AccountError('account_disabled', message, { userId: id, situation: 'owner_disabled' })
}

const describeNewIdentity = ({ provider, issuer, profile }: ProviderIdentity): string =>
  `A new identity of ${provider} (${describeKey({ issuer, subject: profile.subject })})`

const MAX_LISTED = 3

function describeAccounts(accounts: readonly ExistingAccount[]): string {
  const listed = accounts.slice(0, MAX_LISTED).map(({ user, identities }) => {
    const their = identities.slice(0, MAX_LISTED).map(each => `${each.id} of ${each.provider}, ${describeKey(each)}`)
    return `user ${user.id} (identity ${their.join('; identity ')})`
  })
  return `${listed.join(' and ')}${accounts.length > MAX_LISTED ? ' and others' : ''}`
}

const describeKey = ({ issuer, subject }: { issuer: string; subject: string }): string =>
  `subject ${subject}${issuer === '' ? '' : `, issuer ${issuer}`}`

/** Quoted for a shell. */
const shellQuoted = (text: string): string =>
  /^[\w:/.%~+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
