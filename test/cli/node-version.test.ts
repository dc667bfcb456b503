import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Outcome, outcomeOf } from '../support/installed.js'
import { readManifest } from '../support/repository.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const NEEDED = '20.18.1'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-node-'))
})
after(() => rmSync(folder, { recursive: true }))

/** Runs a file under a Node that says it is another version. */
function runAs(version: string, ...command: string[]): Promise<Outcome> {
  const preload = join(folder, `${version}.cjs`)
  const versions = `{ ...process.versions, node: ${JSON.stringify(version)} }`
  writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} })`)
  return outcomeOf(spawn(process.execPath, ['--require', preload, ...command], { cwd: ROOT, timeout: 30_000 }))
}

// `npm test` and `npm ci` begin with the build, and `npm start` is main.js.
for (const file of ['src/cli/vestibule.js', 'dist/src/main.js', 'src/cli/build.js', 'src/cli/dev.js'])
  test(`B-49 ${file} names the Node that is needed and the one that is there, under an older one`, async () => {
    const { code, stdout, stderr } = await runAs('18.20.8', file)
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(stderr, `Vestibule needs Node >= ${NEEDED}; this is v18.20.8, at ${process.execPath}.\n`)
  })

test('B-49 versions are compared by their numbers, and package.json says which one is needed', async () => {
  assert.equal(readManifest().engines?.node, `>=${NEEDED}`)
  const codes = ['20.18.0', '20.9.9', '9.99.99', NEEDED, '20.100.0', '22.0.0', '100.0.0'].map(
    async version => (await runAs(version, 'src/cli/node-version.cjs')).code,
  )
  assert.deepEqual(await Promise.all(codes), [1, 1, 1, 0, 0, 0, 0])
})
