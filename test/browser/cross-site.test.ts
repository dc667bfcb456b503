import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Page } from '../support/chromium.js'
import { type BrowserSetup, openBrowserSetup, signIn } from './setup.js'

let setup: BrowserSetup
let port: number
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end(trap(`${setup.app.origin}/login/dev`))
})

before(async () => {
  setup = await openBrowserSetup()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
})
after(async () => {
  await setup.close()
  server.close()
  server.closeAllConnections()
})

/** Everything that opens an address without a person who wants to. */
const WAYS = 7
const trap = (url: string): string => `<!doctype html><title>Elsewhere</title>
  <link rel="prefetch" href="${url}?prefetch"><link rel="stylesheet" href="${url}?style">
  <img src="${url}?img" alt=""><iframe src="${url}?iframe"></iframe><object data="${url}?object"></object>
  <script src="${url}?script"></script><script>fetch("${url}?fetch", { mode: "no-cors", credentials: "include" })</script>
  <a href="${url}">Sign in</a>`

// A port makes no other site: what another app on this host asks for comes with our cookies.
for (const host of ['127.0.0.1', 'localhost']) {
  test(`no part of a page at ${host} starts a sign-in at localhost, but a link on it does`, {
    timeout: 30_000,
  }, async () => {
    const page = await setup.newPage()
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    const earlier = starts().length
    await page.goto(`http://${host}:${port}/`)
    // The browser hides from us how those were answered that it hides from the page.
    while (starts().length < earlier + WAYS) await setTimeout(10)
    assert.deepEqual(starts().slice(earlier), Array(WAYS).fill('401'))
    assert.equal(asked.filter(url => url.startsWith(setup.provider)).length, 0)
    assert.deepEqual(await ourCookies(page), [])

    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL(`${setup.provider}/**`)
    assert.match((await ourCookies(page)).map(({ name }) => name).join(), /^vestibule-attempt-[0-7]$/)
  })
}

test('SE-11 the browser keeps every cookie of ours from scripts and from requests of other sites', async () => {
  const page = await setup.newPage()
  await signIn(page, setup)
  const cookies = await ourCookies(page)
  assert.deepEqual(cookies.map(({ name }) => name.replace(/(attempt-).*/, '$1')).sort(), [
    'vestibule-attempt-',
    'vestibule-session',
  ])
  for (const { httpOnly, sameSite, path, domain } of cookies) {
    assert.deepEqual(
      { httpOnly, sameSite, path, domain },
      { httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' },
    )
  }
  assert.equal(await page.evaluate('document.cookie'), '')
})

const ourCookies = (page: Page) => page.context().cookies(setup.app.origin)

/** How the app answered each time that a sign-in was asked for. */
const starts = (): (string | undefined)[] =>
  Array.from(setup.app.logged().matchAll(/"GET \/login\/dev (\d+)"/g), ([, status]) => status)
