import { join } from 'node:path'
import { Agent } from 'undici'
import { randomToken } from '../../src/crypto/random.js'
import { HttpBrowser } from '../support/http-browser.js'
import type { Child } from './child-server.js'
import { createField, databaseOf, type Field, startContender } from './contenders.js'
import { type Cost, openPages, type Pages, signIn } from './load.js'
import { type Maintenance, measureMaintenance, runCommand } from './maintenance.js'
import { type DatabaseSize, handleOf, seedDatabase, sizeOf } from './seed-database.js'

/** The app with a database of one person, and with one of very many. */
export interface LargeDatabase extends Maintenance {
  size: DatabaseSize
  /** The guarded page, by turns. */
  withFew: Cost[]
  withMany: Cost[]
  /** Of the many, each page another person's whose session nobody has asked for lately. */
  strangers: Cost
  /** Milliseconds, each another person's. */
  accountPages: number[]
  list: number[]
  show: number[]
}

interface Amount {
  sessions: number
  rounds: number
  pages: Pages
  accountPages: number
}

/** An app, and somebody who is signed in there. */
export interface Side {
  field: Field
  child: Child
  cookie: string
}

/** Somebody who has been here before, where anybody has. */
export const ADA = 2

export async function measureLargeDatabase(
  within: Field,
  amount: Amount,
  say: (text: string) => void,
): Promise<LargeDatabase> {
  const town = sizeOf(amount.sessions)
  say(`filling a database with ${town.sessions} sessions`)
  const crowded = await fillField(within, town)
  const few = await startSide(createField(join(within.folder, 'few'), within.provider, within.pin))
  const many = await startSide(crowded)
  try {
    say('pages with one session, and with many')
    const pages = await comparePages(few, many, amount)
    const single = await measureSingly(many, amount)
    return { size: town, ...pages, ...single, ...(await measureMaintenance(many, town, say)) }
  } finally {
    await Promise.all([few.child.stop(), many.child.stop()])
  }
}

/** Its tokens lie under a key that is no longer the newest. */
async function fillField({ folder, provider, pin }: Field, town: DatabaseSize): Promise<Field> {
  const field = createField(join(folder, 'many'), provider, pin)
  const older = randomToken()
  await seedDatabase(databaseOf('vestibule', field), town, older)
  return { ...field, secret: `${field.secret},${older}` }
}

async function startSide(field: Field): Promise<Side> {
  const child = await startContender('vestibule', field)
  return { field, child, cookie: await signIn(child, ADA) }
}

async function comparePages(few: Side, many: Side, { rounds, pages }: Amount) {
  const found: Pick<LargeDatabase, 'withFew' | 'withMany'> = { withFew: [], withMany: [] }
  const load = ({ child, cookie }: Side) => openPages(child, { expect: '2xx', cookie, ...pages })
  // Round 0 warms up and does not count.
  for (let round = 0; round <= rounds; round++) {
    const [withFew, withMany] = [await load(few), await load(many)]
    if (round === 0) continue
    found.withFew.push(withFew)
    found.withMany.push(withMany)
  }
  return found
}

/** More than are remembered, so each is looked up. */
const NEW_USERS = 30_000

async function measureSingly({ field, child }: Side, { sessions, accountPages, pages }: Amount) {
  const strangers = Array.from({ length: Math.min(sessions, NEW_USERS) }, (_, index) => cookieOf(index + 1))
  const command = (...words: string[]) => timesOf(5, () => runCommand(field, words))
  return {
    strangers: await openPages(child, { expect: '2xx', cookie: strangers, ...pages }),
    accountPages: await timeAccountPages(child, sessions, accountPages),
    list: await command('users', 'list'),
    show: await command('users', 'show', `ada${ADA}@example.org`),
  }
}

const cookieOf = (session: number): string => `vestibule-session=${handleOf(session)}`

async function timeAccountPages({ origin }: Child, sessions: number, amount: number): Promise<number[]> {
  const agent = new Agent()
  const visitor = new HttpBrowser(origin, agent)
  try {
    return await timesOf(amount, async turn => {
      const { status } = await visitor.open('/account', { Cookie: cookieOf(sessions - turn) })
      if (status !== 200) throw new Error(`/account answered ${status}`)
    })
  } finally {
    await agent.close()
  }
}

async function timesOf(times: number, act: (turn: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let turn = 0; turn < times; turn++) {
    const begin = performance.now()
    await act(turn)
    taken.push(performance.now() - begin)
  }
  return taken
}
