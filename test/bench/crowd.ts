import { join } from 'node:path'
import Database from 'better-sqlite3'
import { sha256 } from '../../src/crypto/digest.js'
import type { Child } from './child.js'
import { createField, databaseOf, type Field, startContender } from './contenders.js'
import { type Cost, openPages, type Pages, signIn } from './load.js'

/** The guarded page with few sessions in the table, and with many, by turns. */
export interface Crowd {
  many: number
  withFew: Cost[]
  withMany: Cost[]
}

const FEW = 100

interface Side {
  child: Child
  cookie: string
}

export async function measureCrowd(field: Field, many: number, rounds: number, pages: Pages): Promise<Crowd> {
  const few = await startCrowded('few', FEW, field)
  const crowded = await startCrowded('many', many, field)
  const crowd: Crowd = { many, withFew: [], withMany: [] }
  try {
    // Round 0 warms up and does not count.
    for (let round = 0; round <= rounds; round++) {
      const withFew = await load(few, pages)
      const withMany = await load(crowded, pages)
      if (round === 0) continue
      crowd.withFew.push(withFew)
      crowd.withMany.push(withMany)
    }
    return crowd
  } finally {
    await Promise.all([few.child.stop(), crowded.child.stop()])
  }
}

const load = ({ child, cookie }: Side, pages: Pages) => openPages(child, { expect: '2xx', cookie, ...pages })

async function startCrowded(name: string, sessions: number, { folder, provider, pin }: Field): Promise<Side> {
  const field = createField(join(folder, name), provider, pin)
  const child = await startContender('vestibule', field)
  const cookie = await signIn(child, 1)
  fill(databaseOf('vestibule', field), sessions)
  return { child, cookie }
}

/** Copies the one session that is there, under as many other handles. */
function fill(path: string, sessions: number): void {
  const db = new Database(path)
  const copy = db.prepare(`
    insert into sessions select ?, user_id, identity_id, data, user_agent, address, created_at, seen_at, expires_at
    from sessions limit 1`)
  db.transaction(() => {
    for (let index = 1; index < sessions; index++) copy.run(sha256(`session ${index}`))
  })()
  db.close()
}
