import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from '../docs/pages.js'
import { withPresets } from '../support/preset-table.js'

const page = textOf('providers')

test('providers.md lists the presets of the catalog', () => {
  assert.equal(page, withPresets(page), 'Print it anew: node dist/test/print-presets.js')
})

test('a page without a place for them is refused', () => {
  assert.throws(() => withPresets('# Vestibule'), /no place/)
})
