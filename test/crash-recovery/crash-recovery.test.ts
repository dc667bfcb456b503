import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { createStore } from '../../src/store/store.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import { AT_TOKEN_ENDPOINT, AT_USER_ENDPOINT, CRASHES, DISTINCT_CRASHES, pointsOf, SITUATIONS } from './crash-points.js'
import { crashRefreshing, pointsOfRefresh } from './crash-refresh.js'
import { crash, pointsReached } from './crash-sign-in.js'
import { REFRESH_CRASHES, REFRESH_POINTS } from './refresh-crash-points.js'
import { type CrashApp, openCrashApp } from './setup.js'

let site: CrashApp

before(async () => {
  site = await openCrashApp()
})
after(() => site.clear())

describe('An app that is killed on the way back', { concurrency: 2 }, () => {
  for (const { situation, point, left } of DISTINCT_CRASHES)
    it(`DS-14 leaves nothing half done: ${situation}, ${point}`, () => crash(site, { situation, point, left }))
})

describe('The points of the way back', () => {
  for (const situation of SITUATIONS)
    it(`are every step that it takes: ${situation}`, async () => {
      const inside = pointsOf(situation).filter(point => ![AT_TOKEN_ENDPOINT, AT_USER_ENDPOINT].includes(point))
      assert.deepEqual(await pointsReached(site, situation), inside)
    })
})

describe('An app that is killed while it refreshes', { concurrency: 2 }, () => {
  for (const { point, left } of REFRESH_CRASHES)
    it(`DS-14 leaves tokens that are old or new, and a lease that ends: ${point}`, () =>
      crashRefreshing(site, { point, left }))

  it('passes these points, and no others', async () => {
    assert.deepEqual(await pointsOfRefresh(site), REFRESH_POINTS)
  })
})

const IN_THE_TRANSACTION = ['after users.create', 'after identities.create', 'after tokens.save']
const ON_POSTGRES = ['after usedAttempts.use', ...IN_THE_TRANSACTION, 'after transaction']

describe('An app on PostgreSQL that is killed on the way back', { concurrency: 2 }, () => {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  const crashes = CRASHES.filter(({ situation, point }) => situation === 'newcomer' && ON_POSTGRES.includes(point))
  for (const { situation, point, left } of crashes)
    it(`DS-14 leaves nothing half done: ${point}`, () =>
      crash({ ...site, freshDatabase: () => migratedDatabase(postgres) }, { situation, point, left }))
})

async function migratedDatabase(postgres: Postgres): Promise<string> {
  const url = await postgres.freshDatabase()
  const store = createStore(url, createKeyring([randomToken()]).sealer('provider-token'))
  await store.migrate()
  await store.close()
  return url
}
