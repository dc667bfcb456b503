import Database from 'better-sqlite3'
import type { Child } from './child-server.js'
import { databaseOf, type Each, type Field, NAMES, type Name, startContender } from './contenders.js'
import { type Cost, openPages, type Pages, signIn, signInOften } from './load.js'

/** How much is measured. */
export interface Extent {
  /** The contenders take turns, so that whatever else the machine does meets all of them. */
  rounds: number
  /** Page loads of each contender in each round. */
  pages: Pages
  /** Sign-ins of each contender in each round. */
  signIns: number
  starts: number
  /** Anonymous visits, for the rows they write. */
  visits: number
  /** Sessions in the table, for what they cost a page. */
  sessions: number
  /** ID tokens of each kind in each round. */
  idTokens: number
  /** Sign-ins with a key that nobody knows. */
  flood: number
  accountPages: number
  /** Of one person, all at once. */
  storm: number
  /** Of a provider's API, in each round. */
  calls: number
}

export interface Measured {
  /** Milliseconds, for each start. */
  startUp: Each<number[]>
  /** For each round. */
  page: Each<Cost[]>
  redirect: Each<Cost[]>
  signIn: Each<Cost[]>
  /** Resident bytes. */
  loaded: Each<number>
  settled: Each<number>
  rows: Each<number>
}

type Contenders = ReadonlyMap<Name, Child>

export async function measure(field: Field, extent: Extent, say: (text: string) => void): Promise<Measured> {
  say('starting up')
  const startUp = await measureStarts(field, extent.starts)
  const contenders = await startAll(field)
  try {
    const loads = await measureLoads(contenders, extent, say)
    say('memory')
    const loaded = await eachOf(contenders, async child => (await child.ask('usage')).rss)
    const settled = await eachOf(contenders, async child => (await child.ask('settle')).rss)
    say(`${extent.visits} anonymous visits`)
    const rows = await measureRows(field, contenders, extent.visits)
    return { startUp, ...loads, loaded, settled, rows }
  } finally {
    await Promise.all([...contenders.values()].map(child => child.stop()))
  }
}

async function measureStarts(field: Field, times: number): Promise<Each<number[]>> {
  const startUp: Each<number[]> = {}
  // The first one makes the databases and warms the disk's cache, and does not count.
  for (let turn = 0; turn <= times; turn++) {
    for (const name of NAMES) {
      const child = await startContender(name, field)
      await child.stop()
      if (turn > 0) note(startUp, name, child.startedIn)
    }
  }
  return startUp
}

async function startAll(field: Field): Promise<Contenders> {
  const contenders = new Map<Name, Child>()
  for (const name of NAMES) contenders.set(name, await startContender(name, field))
  return contenders
}

async function measureLoads(contenders: Contenders, { rounds, pages, signIns }: Extent, say: (text: string) => void) {
  const loads = { page: {} as Each<Cost[]>, redirect: {} as Each<Cost[]>, signIn: {} as Each<Cost[]> }
  const cookies = await eachOf(contenders, (child, name) => (name === 'koa' ? 'signed=in' : signIn(child, 1)))
  // Round 0 warms up and does not count.
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    const recordCost = (costs: Each<Cost[]>, name: Name, cost: Cost) => round > 0 && note(costs, name, cost)
    const turn = inTurns(contenders, round)
    for (const [name, child] of turn) {
      recordCost(loads.page, name, await openPages(child, { expect: '2xx', cookie: cookies[name] ?? '', ...pages }))
    }
    for (const [name, child] of turn)
      recordCost(loads.redirect, name, await openPages(child, { expect: '3xx', ...pages }))
    for (const [name, child] of turn) {
      if (name !== 'koa') recordCost(loads.signIn, name, await signInOften(child, signIns))
    }
  }
  return loads
}

/** Each round begins with another contender: who comes first meets the others' leftovers. */
function inTurns(contenders: Contenders, round: number): [Name, Child][] {
  const all = [...contenders]
  const first = round % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

async function measureRows(field: Field, contenders: Contenders, amount: number): Promise<Each<number>> {
  const rows: Each<number> = {}
  for (const [name, child] of contenders) {
    if (name === 'koa') continue
    const before = countRows(databaseOf(name, field))
    await openPages(child, { expect: '3xx', amount })
    rows[name] = countRows(databaseOf(name, field)) - before
  }
  return rows
}

function countRows(path: string): number {
  const db = new Database(path, { readonly: true })
  try {
    const tables = db.prepare<[], string>(`select name from sqlite_master where type = 'table'`).pluck().all()
    const counts = tables.map(table => db.prepare<[], number>(`select count(*) from "${table}"`).pluck().get() ?? 0)
    return counts.reduce((sum, count) => sum + count, 0)
  } finally {
    db.close()
  }
}

async function eachOf<T>(contenders: Contenders, ask: (child: Child, name: Name) => T | Promise<T>): Promise<Each<T>> {
  const responses: Each<T> = {}
  for (const [name, child] of contenders) responses[name] = await ask(child, name)
  return responses
}

function note<T>(notes: Each<T[]>, name: Name, value: T): void {
  notes[name] = [...(notes[name] ?? []), value]
}
