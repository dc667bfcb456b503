import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { axeViolations } from './axe.js'
import { findBrowser, launchOwnBrowser, type OpenBrowser, type Page } from './chromium.js'

const CSP = "default-src 'none'; style-src 'self'; form-action 'self'"
const PAGES: Record<string, string> = {
  '/': '<!doctype html><html lang="en"><title>Hello</title><main><h1>Hello, Ada</h1></main></html>',
  '/bad': '<!doctype html><title>Bad</title><main><h1>Bad</h1><img src="/none"><input></main>',
  '/script':
    '<!doctype html><title>before</title><script nonce="n">document.title = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"</script>',
}

const server = createServer((request, response) => {
  const script = request.url === '/script' ? "; script-src 'nonce-n'" : ''
  response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': CSP + script })
  response.end(PAGES[request.url ?? ''])
})
let browser: Awaited<ReturnType<typeof launchOwnBrowser>>
let origin: string

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchOwnBrowser()
})

after(async () => {
  await browser.close()
  server.close()
})

async function visit(path: string, options: Parameters<OpenBrowser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options)
  await page.goto(origin + path)
  return page
}

test('a page of a local server opens, by address and by the name localhost', async () => {
  const page = await visit('/')
  assert.equal(await page.textContent('h1'), 'Hello, Ada')
  await page.goto(origin.replace('127.0.0.1', 'localhost'))
  assert.equal(await page.textContent('h1'), 'Hello, Ada')
})

test('a page has the colours, the size and the scripts it was asked for', async () => {
  const page = await visit('/script', { colorScheme: 'dark', viewport: { width: 320, height: 480 } })
  assert.equal(await page.title(), 'dark')
  assert.deepEqual(page.viewportSize(), { width: 320, height: 480 })
  assert.equal(await (await visit('/script', { colorScheme: 'light' })).title(), 'light')
  assert.equal(await (await visit('/script', { javaScriptEnabled: false })).title(), 'before')
})

test('no outside host can be reached, by name or by address', async () => {
  const page = await browser.newPage()
  for (const host of ['example.org', 'localhost.example.org', '192.0.2.1', '[2001:db8::1]'])
    await assert.rejects(page.goto(`http://${host}/`), /ERR_NAME_NOT_RESOLVED/)
})

test('letters have a shape, so that a picture of a page shows its text', async () => {
  const page = await visit('/')
  assert.ok((await page.locator('h1').evaluate(heading => heading.getBoundingClientRect().height)) > 10)
  assert.notDeepEqual(await page.screenshot(), await (await visit('/bad')).screenshot())
})

test('axe finds nothing in a good page and names what is bad, under a strict CSP', async () => {
  assert.deepEqual(await axeViolations(await visit('/')), [])
  const lines = await axeViolations(await visit('/bad'))
  for (const rule of ['html-has-lang', 'image-alt', 'label']) {
    const line = lines.find(one => one.startsWith(`${rule} (`))
    assert.match(line ?? '', /: .*</, rule)
  }
})

test('a closed browser leaves no profile and no process behind', { skip: process.platform !== 'linux' }, async () => {
  const earlier = profiles(isChild)
  const second = await launchOwnBrowser()
  await second.newPage()
  const [profile = ''] = [...profiles(isChild)].filter(one => !earlier.has(one))
  assert.ok(existsSync(profile))
  await second.close()
  assert.equal(existsSync(profile), false)
  // Its child processes notice a moment later that their parent is gone.
  for (let tries = 0; profiles().has(profile) && tries < 100; tries++) await setTimeout(100)
  assert.equal(profiles().has(profile), false)
})

test('a CHROME_PATH that leads nowhere is told in one sentence', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-browser-'))
  try {
    const broken = join(folder, 'chrome')
    writeFileSync(broken, '#!/bin/sh\nexit 127\n', { mode: 0o755 })
    for (const chromePath of ['/nowhere/chrome', folder, broken]) {
      const reported = new RegExp(`^Error: CHROME_PATH is "${chromePath}", which is no browser that starts; [^.]+\\.$`)
      await assert.rejects(launchOwnBrowser({ chromePath }), error => reported.test(String(error)))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('CHROME_PATH wins over an installed browser, and that over the bundled one', () => {
  const bundled = () => ({ path: '/bundled', env: {} })
  // Any program that answers --version will do.
  const node = process.execPath
  assert.equal(findBrowser({ chromePath: node, installed: ['/usr/bin/env'], bundled }).path, node)
  assert.equal(findBrowser({ chromePath: undefined, installed: ['/nowhere', node], bundled }).path, node)
  assert.equal(findBrowser({ chromePath: '', installed: ['/nowhere'], bundled }).path, '/bundled')
})

test('a machine without any browser is told what to install', () => {
  const bare = { chromePath: undefined, installed: [], bundled: () => undefined }
  assert.throws(() => findBrowser(bare), /^Error: [^.]*install Chrome or Chromium[^.]*\.$/)
})

/** The profiles that running processes were started with. */
function profiles(wanted: (id: string) => boolean = () => true): Set<string> {
  const ids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && wanted(name))
  return new Set(ids.flatMap(id => /--user-data-dir=([^\0]+)/.exec(ofProcess(id, 'cmdline'))?.[1] ?? []))
}

// Other test files start browsers too, at the same time.
const isChild = (id: string): boolean => /\) \S (\d+)/.exec(ofProcess(id, 'stat'))?.[1] === String(process.pid)

function ofProcess(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
