import type { MoveResult } from '../../accounts/users/move-identities.js'
import type { Config } from '../../config/types.js'
import type { IdentityMove, MoveCounts, ProviderIssuer } from '../../store/types.js'
import { alignColumns, printable } from '../command-line/terminal.js'
import { countOf } from '../users/user-argument.js'
import { issuerInSettings, issuerLabel } from './move-options.js'

const NO_LOGIN = '-'

/** What a move did, or would do. */
export function describeMove(move: IdentityMove, counts: MoveCounts, isDry: boolean): string {
  const { identities, duplicates, sessions, withTokens } = counts
  const moved = countOf(identities - duplicates, 'identity', 'identities')
  const lines = [`${moved} ${isDry ? 'would go' : 'went'} from ${keyLabel(move.from)} to ${keyLabel(move.to)}.`]
  if (duplicates > 0) {
    const were = isDry ? 'would be' : duplicates === 1 ? 'was' : 'were'
    const removed = `${countOf(duplicates, 'identity', 'identities')} ${were} removed`
    lines.push(`${removed}, because the same account has the new one already.`)
  }
  if (move.to.provider === move.from.provider) return lines.join('\n')
  const wouldEnd = isDry ? ' would end' : ' ended'
  lines.push(`${countOf(sessions, 'session')}${wouldEnd}, because these users have to sign in with the new provider.`)
  const deleted = `${isDry ? 'would be' : 'were'} deleted: ${printable(move.to.provider)} cannot use them.`
  if (withTokens > 0)
    lines.push(
      `The tokens of ${countOf(withTokens, 'identity', 'identities')} at ${printable(move.from.provider)} ${deleted}`,
    )
  return lines.join('\n')
}

/** Why nothing is moved: the users who have two accounts, and the commands that merge their accounts. */
export function formatConflicts(move: IdentityMove, { counts, conflicts }: MoveResult): string[] {
  const rows = conflicts.map(({ subject, login, userId, takenByUserId }) => [
    printable(subject, 40),
    printable(login ?? '', 30) || NO_LOGIN,
    `npx vestibule users merge --yes ${userId} ${takenByUserId}`,
  ])
  const more = counts.conflicts - conflicts.length
  return [
    `${countOf(counts.conflicts, 'user')} of ${countOf(counts.identities, 'identity', 'identities')} signed in to another account with ${keyLabel(move.to)}:`,
    '',
    ...alignColumns([['subject', 'login', 'merges both accounts'], ...rows]),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

/** What else has to be configured before people can sign in. */
export function settingsNotes(config: Config, { to }: IdentityMove): string[] {
  const configured = issuerInSettings(config, to.provider)
  const isNamed = config.providers.some(({ name }) => name === to.provider)
  const name = printable(to.provider)
  if (!isNamed) return [`Note: PROVIDERS does not name ${name}, so no user can sign in with it.`]
  if (configured === undefined || configured === to.issuer) return []
  const found = `by the settings of this environment ${name} has the issuer ${issuerLabel(configured)}`
  return [`Note: ${found}. Until that is ${issuerLabel(to.issuer)}, sign-ins do not find these identities.`]
}

export const moveToJson = ({ from, to }: IdentityMove, { counts, conflicts }: MoveResult, done: boolean) => ({
  from,
  to,
  done,
  identities: counts.identities,
  duplicates: counts.duplicates,
  sessions: counts.sessions,
  with_tokens: counts.withTokens,
  conflicts: counts.conflicts,
  first_conflicts: conflicts.map(({ subject, login, userId, takenByUserId }) => ({
    subject,
    login,
    user: userId,
    taken_by: takenByUserId,
  })),
})

const keyLabel = ({ provider, issuer }: ProviderIssuer): string =>
  issuer === '' ? printable(provider) : `${printable(provider)} (${printable(issuer)})`
