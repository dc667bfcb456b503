import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FLAW_TESTS, flawsIn, withFlaws } from './support/published-flaws.js'

// Seen from dist/test/.
const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

const names = FLAW_TESTS.flatMap(path => flawsIn(read(path)))

test('SECURITY.md tells the published flaws that are tests, and no other', () => {
  const page = read('.github/SECURITY.md')
  assert.equal(page, withFlaws(page, names), 'Print it anew: node dist/test/print-security.js')
})

test('each flaw is named once', () => {
  const ids = names.flatMap(name => name.match(/(?:CVE|GHSA)-\S+/g) ?? [])
  assert.ok(ids.length > names.length)
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
})

test('a page without a place for them, and a name that says too little, are refused', () => {
  assert.throws(() => withFlaws('# Security', names), /no place/)
  const page = withFlaws(
    '<!-- published-flaws: printed by `node dist/test/print-security.js` --><!-- /published-flaws -->',
    names,
  )
  assert.throws(() => withFlaws(page, ['CVE-2020-1234 something is safe']), /does not read/)
  assert.equal(withFlaws(page, names), page)
})
