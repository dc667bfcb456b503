import type { Calls } from './calls.js'
import type { Storm } from './concurrency.js'
import type { LargeDatabase } from './large-database.js'
import type { Work } from './maintenance.js'
import type { Pauses } from './pauses.js'
import { median, perSecond, quotients, type Result } from './report.js'

export function reportLargeDatabase(crowd: LargeDatabase): Result[] {
  const { size: town, withFew, withMany, strangers, accountPages, list, show, idle } = crowd
  const ratio = median(quotients(perSecond(withMany), perSecond(withFew)))
  return [
    ours(`Guarded page, ${town.sessions} sessions`, '/s', median(perSecond(withMany)), {
      goal: `${ratio.toFixed(2)} of the page with one session; at least 0.9`,
    }),
    ours('  each page of somebody else', '/s', strangers.perSecond),
    ours(`Account page, ${town.users} people`, 'ms', median(accountPages), {
      goal: `under 50 ms; the slowest of ${accountPages.length} took ${inMs(Math.max(...accountPages))}`,
    }),
    ours('  vestibule users list', 'ms', median(list)),
    ours('  vestibule users show', 'ms', median(show)),
    ours('Longest wait, undisturbed', 'ms', longest(idle.pauses), { goal: apart(idle.pauses) }),
    ...workRows(`Sealing ${crowd.reseal.rows} tokens anew`, crowd.reseal),
    ...workRows(`Pruning ${crowd.pruneWithin.rows} sessions in the app`, crowd.pruneWithin),
    ...workRows(`Pruning ${crowd.pruneBeside.rows} sessions beside it`, crowd.pruneBeside),
  ]
}

const workRows = (name: string, { rows, milliseconds, pauses }: Work): Result[] => [
  ours(name, '/s', (1_000 * rows) / milliseconds),
  ours('  longest wait meanwhile', 'ms', longest(pauses), { goal: `under 100 ms; ${apart(pauses)}` }),
]

const longest = (pauses: Pauses): number => Math.max(...Object.values(pauses))

const apart = ({ page, account, signIn }: Pauses): string =>
  `a page ${inMs(page)}, an account ${inMs(account)}, a sign-in ${inMs(signIn)}`

export function reportStorm({ requests, processes, refreshes, last, calm }: Storm): Result[] {
  const name = `Refreshes, ${requests} requests at ${processes} processes`
  return [
    ours(name, '', refreshes, { goal: 'exactly 1' }),
    ours('  till the last answer', 'ms', last, { goal: `${inMs(calm)} for the same without a refresh` }),
  ]
}

export const reportCalls = (calls: readonly Calls[]): Result[] =>
  calls.map(({ atOnce, client, fetch }) =>
    ours(`Calls of an API, ${atOnce === 1 ? 'one by one' : `${atOnce} at once`}`, '/s', median(client), {
      goal: `${median(quotients(client, fetch)).toFixed(2)} of bare fetch; at least 0.87`,
    }),
  )

const inMs = (time: number): string => `${Math.round(time)} ms`

function ours(name: string, unit: string, figure: number, more: { goal?: string } = {}): Result {
  return { name, unit, figures: { vestibule: figure }, ratios: [], ...more }
}
