import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { createStore } from '../../src/store/store.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import { AT_TOKEN_ENDPOINT, AT_USER_ENDPOINT, CRASHES, DISTINCT_CRASHES, pointsOf, SITUATIONS } from './crash-points.js'
import { crashRefreshing, type RecordedRefresh, recordRefresh } from './crash-refresh.js'
import { crash, type RecordedCallback, recordCallback } from './crash-sign-in.js'
import { AT_REFRESH, REFRESH_CRASHES, REFRESH_POINTS } from './refresh-crash-points.js'
import { type CrashApp, openCrashApp } from './setup.js'

let site: CrashApp
before(async () => {
  site = await openCrashApp()
})
after(() => site.clear())

for (const situation of SITUATIONS) {
  describe(`A callback, ${situation}`, () => {
    let recorded: RecordedCallback
    before(async () => {
      recorded = await recordCallback(site, situation)
    })
    after(() => recorded.stop())

    test(`the points of a callback are every step that it takes: ${situation}`, () => {
      const inside = pointsOf(situation).filter(point => ![AT_TOKEN_ENDPOINT, AT_USER_ENDPOINT].includes(point))
      assert.deepEqual(recorded.points, inside)
    })

    for (const each of DISTINCT_CRASHES.filter(one => one.situation === situation))
      test(`DS-14 an app that ends in a callback leaves nothing half done: ${situation}, ${each.point}`, () =>
        recorded.assertRecovers(each))
  })
}

describe('A refresh', () => {
  let recorded: RecordedRefresh
  before(async () => {
    recorded = await recordRefresh(site)
  })
  after(() => recorded.stop())

  test('a refresh passes these points, and no others', () => assert.deepEqual(recorded.points, REFRESH_POINTS))

  for (const each of REFRESH_CRASHES)
    test(`DS-14 an app that ends in a refresh leaves tokens that are old or new, and a lease that ends: ${each.point}`, () =>
      recorded.assertRecovers(each))
})

describe('A process that is killed', () => {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  const killed = CRASHES.filter(({ situation, point }) => situation === 'newcomer' && point === 'after tokens.save')
  for (const each of killed) {
    test('DS-14 a process that is killed in the transaction of a callback leaves nothing half done on SQLite', () =>
      crash(site, each))
    test('DS-14 a process that is killed in the transaction of a callback leaves nothing half done on PostgreSQL', () =>
      crash({ ...site, freshDatabase: () => migratedDatabase(postgres) }, each))
  }
  for (const { left } of REFRESH_CRASHES.filter(({ point }) => point === AT_REFRESH))
    test('DS-14 a process that is killed in a refresh leaves the old tokens, and a lease that ends', () =>
      crashRefreshing(site, left))
})

async function migratedDatabase(postgres: Postgres): Promise<string> {
  const url = await postgres.freshDatabase()
  const store = createStore(url, createKeyring([randomToken()]).sealer('provider-token'))
  await store.migrate()
  await store.close()
  return url
}
