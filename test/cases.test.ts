import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findSetting, isAvailable } from '../src/config/settings.js'
import { type Acme, signIn, startAcme } from './support/acme-app.js'
import { idsInNames } from './support/case-names.js'
import type { HttpBrowser } from './support/http-browser.js'
import { sourcesOf } from './support/repository.js'

interface Later {
  id: string
  reason: string
  /** `kind:what`, of the kinds in `surfaces`. */
  surface: string
}

// Seen from dist/test/.
const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (name: string) => JSON.parse(readFileSync(`${root}test/fixtures/${name}.json`, 'utf8'))

const ids: { cases: string[]; advisories: string[] } = read('case-ids')
const all = [...ids.cases, ...ids.advisories]
const later: Later[] = read('cases-later')
const tested = idsInNames(sourcesOf('test').filter(({ path }) => path.endsWith('.test.ts')))

let acme: Acme
let ada: HttpBrowser
before(async () => {
  acme = await startAcme()
  ada = acme.newVisitor()
  await signIn(acme, ada)
})
after(() => acme.stop())

/** Whether something is there to be tested, by what it is. */
const surfaces: Record<string, (what: string) => boolean | Promise<boolean>> = {
  setting(name) {
    const setting = findSetting(name.startsWith('_') ? `ACME${name}` : name)
    assert.ok(setting, `There is no setting ${name}`)
    return isAvailable(setting)
  },
  async route(methodAndPath) {
    const [method = '', path = ''] = methodAndPath.split(' ')
    return (await ada.ask(path, { method })).status !== 404
  },
  command(name) {
    const { status } = spawnSync(process.execPath, [`${root}src/cli/vestibule.js`, name, '--help'])
    return status !== 64
  },
  file: path => existsSync(root + path),
}

function isThere(surface: string): boolean | Promise<boolean> {
  const colon = surface.indexOf(':')
  const probe = surfaces[surface.slice(0, colon)]
  assert.ok(probe, `"${surface}" is no surface that can be probed`)
  return probe(surface.slice(colon + 1))
}

test('each case and each published flaw has a test named by it, or a reason to wait', () => {
  const listed = new Set(later.map(({ id }) => id))
  assert.deepEqual(
    all.filter(id => !tested.has(id) && !listed.has(id)),
    [],
  )
})

test('each finding that this build answers for has a test named by it', () => {
  const findings: string[] = read('finding-ids')
  assert.deepEqual(
    findings.filter(id => !tested.has(id)),
    [],
  )
})

test('nothing waits that is tested, nothing twice, and nothing that nobody asked for', () => {
  const listed = later.map(({ id }) => id)
  assert.deepEqual(
    listed.filter((id, index) => tested.has(id) || listed.indexOf(id) !== index || !all.includes(id)),
    [],
  )
})

for (const surface of new Set(later.map(entry => entry.surface))) {
  const waiting = later.filter(entry => entry.surface === surface).map(({ id }) => id)
  test(`${surface} is not there, and so ${waiting.join(', ')} must wait`, async () => {
    assert.equal(await isThere(surface), false, `${surface} is there now: write ${waiting.join(', ')}`)
  })
}

test('a probe finds what is there', async () => {
  const there = ['setting:PUBLIC_URL', 'setting:_PKCE', 'route:GET /profile', 'route:POST /logout', 'command:env']
  for (const surface of [...there, 'file:src/oauth/token.ts']) assert.equal(await isThere(surface), true, surface)
})
