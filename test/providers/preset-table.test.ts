import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withPresets } from '../support/preset-table.js'

// Seen from dist/test/providers/.
const readme = readFileSync(fileURLToPath(new URL('../../../README.md', import.meta.url)), 'utf8')

test('the presets of the README are those of the catalog', () => {
  assert.equal(readme, withPresets(readme), 'Print it anew: node dist/test/print-presets.js')
})

test('a page without a place for them is refused', () => {
  assert.throws(() => withPresets('# Vestibule'), /no place/)
})
