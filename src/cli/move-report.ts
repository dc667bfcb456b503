import type { Move } from '../accounts/identity-move.js'
import type { Config } from '../config/types.js'
import type { IdentityMove, IssuerOfProvider, MoveCounts } from '../store/types.js'
import { counted } from './one-person.js'
import { columns, plain } from './terminal.js'
import { configuredIssuer, issuerInWords } from './wanted-move.js'

const NOT_TOLD = '-'

/** What a move did, or would do. */
export function moveInWords(move: IdentityMove, counts: MoveCounts, isDry: boolean): string {
  const { identities, duplicates, sessions, withTokens } = counts
  const moved = counted(identities - duplicates, 'identity', 'identities')
  const lines = [`${moved} ${isDry ? 'would go' : 'went'} from ${keyInWords(move.from)} to ${keyInWords(move.to)}.`]
  if (duplicates > 0) {
    const were = isDry ? 'would be' : duplicates === 1 ? 'was' : 'were'
    const removed = `${counted(duplicates, 'identity', 'identities')} ${were} removed`
    lines.push(`${removed}, because the same account has the new one already.`)
  }
  if (move.to.provider === move.from.provider) return lines.join('\n')
  const wouldEnd = isDry ? ' would end' : ' ended'
  lines.push(`${counted(sessions, 'session')}${wouldEnd}, because these people have to sign in with the new provider.`)
  const deleted = `${isDry ? 'would be' : 'were'} deleted: ${plain(move.to.provider)} cannot use them.`
  if (withTokens > 0)
    lines.push(
      `The tokens of ${counted(withTokens, 'identity', 'identities')} at ${plain(move.from.provider)} ${deleted}`,
    )
  return lines.join('\n')
}

/** Why nothing is moved: who has two accounts, and the command that makes one of them. */
export function linesOfConflicts(move: IdentityMove, { counts, conflicts }: Move): string[] {
  const rows = conflicts.map(({ subject, login, userId, takenByUserId }) => [
    plain(subject, 40),
    plain(login ?? '', 30) || NOT_TOLD,
    `npx vestibule users merge --yes ${userId} ${takenByUserId}`,
  ])
  const more = counts.conflicts - conflicts.length
  return [
    `${counted(counts.conflicts, 'person', 'people')} of ${counted(counts.identities, 'identity', 'identities')} signed in to another account with ${keyInWords(move.to)}:`,
    '',
    ...columns([['subject', 'login', 'makes one account of both'], ...rows]),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

/** What else is to do for people to come in. */
export function noteOnSettings(config: Config, { to }: IdentityMove): string[] {
  const configured = configuredIssuer(config, to.provider)
  const isNamed = config.providers.some(({ name }) => name === to.provider)
  const name = plain(to.provider)
  if (!isNamed) return [`Note: PROVIDERS does not name ${name}, so nobody can sign in with it.`]
  if (configured === undefined || configured === to.issuer) return []
  const found = `by the settings of this environment ${name} has the issuer ${issuerInWords(configured)}`
  return [`Note: ${found}. Until that is ${issuerInWords(to.issuer)}, sign-ins do not find these identities.`]
}

export const moveForMachines = ({ from, to }: IdentityMove, { counts, conflicts }: Move, done: boolean) => ({
  ...{ from, to, done },
  identities: counts.identities,
  duplicates: counts.duplicates,
  sessions: counts.sessions,
  with_tokens: counts.withTokens,
  conflicts: counts.conflicts,
  first_conflicts: conflicts.map(({ subject, login, userId, takenByUserId }) => ({
    ...{ subject, login },
    user: userId,
    taken_by: takenByUserId,
  })),
})

const keyInWords = ({ provider, issuer }: IssuerOfProvider): string =>
  issuer === '' ? plain(provider) : `${plain(provider)} (${plain(issuer)})`
