import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { crash, pointsPassed } from './crash.js'
import { type CrashSite, openCrashSite } from './crash-site.js'
import { AT_TOKEN_ENDPOINT, AT_USER_ENDPOINT, DISTINCT_CRASHES, pointsOf, SITUATIONS } from './points.js'

let site: CrashSite

before(async () => {
  site = await openCrashSite()
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
      assert.deepEqual(await pointsPassed(site, situation), inside)
    })
})
