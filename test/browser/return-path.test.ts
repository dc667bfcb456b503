import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import { type OpenBrowser, openBrowser } from '../support/chromium.js'
import { hostilePaths, wrongWith } from '../support/hostile-paths.js'

const OWN = ['/login', '/logout', '/oauth', '/signed-out', '/custom/callback']

let locations: readonly string[] = []
const server = createServer((request, response) => {
  const number = /^\/oauth\/github\/callback\/(\d+)$/.exec(request.url ?? '')?.[1]
  const location = number && locations[Number(number)]
  response.writeHead(location ? 303 : 200, location ? { location } : { 'content-type': 'text/html' })
  response.end()
})
let browser: OpenBrowser
let origin: string

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await openBrowser()
})

after(async () => {
  await browser.close()
  server.close()
})

test('OR-56 a real browser stays with us, whichever line of the corpus comes back as Location', async () => {
  const paths = createReturnPaths({
    publicUrl: origin,
    basePath: '',
    homePath: '/home',
    reserved: ['/custom/callback'],
  })
  locations = [...new Set(hostilePaths.map(path => paths.orHome(path)))]
  assert.ok(locations.length > 20)
  const page = await browser.newPage()
  await page.goto(`${origin}/home`)
  const arrivals = await page.evaluate(
    count =>
      Promise.all(Array.from({ length: count }, (_, n) => fetch(`/oauth/github/callback/${n}`).then(got => got.url))),
    locations.length,
  )
  arrivals.forEach((arrival, number) => {
    // A fetch tells the address without its fragment.
    assert.equal(arrival, origin + locations[number]?.replace(/#.*/, ''))
    assert.equal(wrongWith(arrival.slice(origin.length), origin, OWN), undefined)
  })
})
