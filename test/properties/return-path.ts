import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import { hostilePaths, wrongWith } from '../support/hostile-paths.js'
import { damaged } from './inputs.js'
import { property } from './property.js'

const ORIGIN = 'https://app.example'
const OWN = ['/login', '/logout', '/oauth', '/signed-out', '/custom/callback']
const RESERVED = [...OWN, ...OWN.map(path => `/x${path}`)]
const paths = createReturnPaths({
  publicUrl: ORIGIN,
  basePath: '/x',
  homePath: '/home',
  reserved: ['/custom/callback'],
})

const PIECES = [
  ...['/', '//', '\\', '.', '..', '%2e', '%2f', '%5c', '%5C', '%09', '%0a', '%00', '%', '%%', '%ff', '%25', '%252f'],
  ...['\t', '\n', '\r', ' ', '\x00', '\x7f', '\u0085', '\u2028', '\ufeff', '\u202e', '\u200d', '\u3002', '\uff0f'],
  ...['\ud800', ':', '@', '?', '#', ';', '&', '[', ']', '|', '"', "'", '<', '^', '{', 'ä', '😀'],
  ...['https:', 'javascript:', 'evil.example', 'app.example', 'login', 'LOGIN', '%6cogin', 'logout', 'oauth'],
  ...['signed-out', 'custom/callback', 'x', '%78', 'a', 'home'],
]
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map(list => list.join(''))

/** Whatever stands in `return_to`. */
export const returnPath = property(
  'a return path leads to a harmless page of ours, and reading it again changes nothing',
  fc.oneof(
    { arbitrary: pieces.map(rest => `/${rest}`), weight: 5 },
    { arbitrary: pieces, weight: 1 },
    { arbitrary: damaged(fc.constantFrom(...hostilePaths)), weight: 2 },
    { arbitrary: fc.string({ unit: 'binary' }), weight: 1 },
  ),
  text => {
    const saved = paths.read(text)
    assert.equal(paths.orHome(text), saved ?? '/x/home')
    if (saved === undefined) return
    assert.equal(wrongWith(saved, ORIGIN, RESERVED), undefined)
    assert.ok(saved.length <= 1024)
    assert.equal(paths.read(saved), saved)
  },
)
