import { type Each, NAMES, type Name } from './contenders.js'
import type { IdTokenSpeed } from './id-tokens.js'
import type { Cost } from './load.js'
import type { Extent, Measured } from './measure.js'
import type { Protocols } from './protocols.js'

/** Ours in relation to theirs, beside what it is meant to reach. Nothing here passes or fails. */
export interface Ratio {
  to: Name | 'jose'
  value: number
  goal: string
}

export interface Result {
  name: string
  unit: string
  figures: Each<number>
  ratios: readonly Ratio[]
  /** A goal that is no ratio. */
  goal?: string
}

type Series = Each<readonly number[]>

/** The contenders beside each other: medians over the rounds; a ratio is the median of each round's own, in which both sides met the same machine. */
export function reportContenders(measured: Measured, { visits }: Extent): Result[] {
  const { startUp, page, redirect, signIn } = measured
  return [
    speed('Guarded page with a session', page, [
      ['koa', 'at least 0.42'],
      ['passport', 'at least 2.5'],
    ]),
    speed('Redirect of an anonymous visitor', redirect, [
      ['koa', 'at least 0.3'],
      ['passport', ''],
    ]),
    speed('Whole sign-in', signIn, [['passport', 'at least 1.2']]),
    cpu('  processor, guarded page', page),
    cpu('  processor, redirect', redirect),
    cpu('  processor, whole sign-in', signIn),
    { ...row('Start-up', 'ms', startUp, [['koa', '']]), goal: startUpGoal(startUp) },
    row('Memory after the load', 'MB', megabytes(measured.loaded), [['passport', 'at most 1.3']]),
    row('Memory once settled', 'MB', megabytes(measured.settled), [['passport', '']]),
    { ...row(`Rows after ${visits} anonymous visits`, '', once(measured.rows), []), goal: 'none' },
  ]
}

export function reportProtocols({ oauth2, oidc, flood, keyFetches }: Protocols): Result[] {
  const ratio = median(quotients(perSecond(oidc), perSecond(oauth2)))
  const goal = `${ratio.toFixed(2)} of the same with OAuth 2.0; at least 0.75`
  const fetches = row(`Key fetches, ${flood} unknown keys`, '', { vestibule: [keyFetches] }, [])
  return [
    { ...row('Whole sign-in, OpenID Connect', '/s', { vestibule: perSecond(oidc) }, []), goal },
    cpu('  processor, OpenID Connect', { vestibule: oidc }),
    cpu('  processor, OAuth 2.0', { vestibule: oauth2 }),
    { ...fetches, goal: 'at most 2' },
  ]
}

export const reportIdTokens = (speeds: readonly IdTokenSpeed[]): Result[] => speeds.map(idTokenRow)

const idTokenRow = ({ alg, ours, ratio }: IdTokenSpeed): Result => ({
  ...{ name: `ID tokens, ${alg}`, unit: '/s', figures: { vestibule: ours } },
  ratios: [{ to: 'jose', value: ratio, goal: 'at least 0.9' }],
})

export const perSecond = (costs: readonly Cost[]) => costs.map(cost => cost.perSecond)

type Goals = readonly (readonly [to: Name, goal: string])[]

const speed = (name: string, costs: Each<Cost[]>, goals: Goals) => row(name, '/s', map(costs, perSecond), goals)

/** Of the contender's own process, which other work on the machine hardly touches. */
const cpu = (name: string, costs: Each<Cost[]>) =>
  row(
    name,
    'µs',
    map(costs, list => list.map(cost => cost.cpu)),
    [],
  )

function row(name: string, unit: string, series: Series, goals: Goals): Result {
  const ratios = goals.map(([to, goal]) => ({ to, value: median(quotients(series.vestibule, series[to])), goal }))
  return { name, unit, figures: map(series, median), ratios }
}

export const quotients = (ours: readonly number[] = [], theirs: readonly number[] = []): number[] =>
  ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN))

function startUpGoal(startUp: Series): string {
  const limit = 2 * median(startUp.koa ?? []) + 400
  return `under 2 × Koa + 400 ms = ${Math.round(limit)} ms`
}

const once = (figures: Each<number>): Series => map(figures, figure => [figure])

const megabytes = (figures: Each<number>): Series => map(figures, bytes => [bytes / 1024 / 1024])

function map<T, U>(each: Each<T>, change: (value: T) => U): Each<U> {
  const changed: Each<U> = {}
  for (const name of NAMES) {
    const value = each[name]
    if (value !== undefined) changed[name] = change(value)
  }
  return changed
}

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((one, other) => one - other)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
