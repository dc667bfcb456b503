import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Result } from './report.js'

const run = promisify(execFile)
const entry = fileURLToPath(new URL('run.js', import.meta.url))

describe('The benchmark', () => {
  let results: Result[]
  before(async () => {
    const { stdout } = await run(process.execPath, [entry, '--quick', '--json'])
    results = JSON.parse(stdout).results
  })

  const named = (start: string) => results.find(({ name }) => name.startsWith(start))

  it('measures every contender that can do the case', () => {
    const contenders = Object.fromEntries(results.map(({ name, figures }) => [name.trim(), Object.keys(figures)]))
    const all = ['vestibule', 'koa', 'passport']
    const withSignIn = ['vestibule', 'passport']
    assert.deepEqual(contenders, {
      'Guarded page with a session': all,
      'Redirect of an anonymous visitor': all,
      'Whole sign-in': withSignIn,
      'processor, guarded page': all,
      'processor, redirect': all,
      'processor, whole sign-in': withSignIn,
      'Start-up': all,
      'Memory after the load': all,
      'Memory once settled': all,
      'Rows after 200 anonymous visits': withSignIn,
      'Guarded page, 1000 sessions': ['vestibule'],
      'each page of somebody else': ['vestibule'],
      'Account page, 200 people': ['vestibule'],
      'vestibule users list': ['vestibule'],
      'vestibule users show': ['vestibule'],
      'Longest wait, undisturbed': ['vestibule'],
      'Sealing 200 tokens anew': ['vestibule'],
      'Pruning 500 sessions in the app': ['vestibule'],
      'Pruning 500 sessions beside it': ['vestibule'],
      'longest wait meanwhile': ['vestibule'],
      'Refreshes, 40 requests at 4 processes': ['vestibule'],
      'till the last answer': ['vestibule'],
      'Calls of an API, one by one': ['vestibule'],
      'Calls of an API, 50 at once': ['vestibule'],
      'Whole sign-in, OpenID Connect': ['vestibule'],
      'processor, OpenID Connect': ['vestibule'],
      'processor, OAuth 2.0': ['vestibule'],
      'Key fetches, 25 unknown keys': ['vestibule'],
      'ID tokens, RS256': ['vestibule'],
      'ID tokens, ES256': ['vestibule'],
      'ID tokens, EdDSA': ['vestibule'],
    })
  })

  it('gives a figure above nothing for each, and a ratio for each goal', () => {
    for (const { name, figures, ratios } of results.filter(result => result !== named('Rows'))) {
      for (const figure of Object.values(figures)) assert.ok(figure > 0, `${name}: ${figure}`)
      for (const { value, to } of ratios) assert.ok(value > 0, `${name}: ${value} of ${to}`)
    }
  })

  it('sees one refresh, however many ask for it', () => {
    assert.equal(named('Refreshes')?.figures.vestibule, 1)
  })

  it('sees the keys of a provider fetched twice at most, whatever keys its ID tokens name', () => {
    assert.equal(named('Key fetches')?.figures.vestibule, 2)
  })

  it('finds no row that an anonymous visitor of ours has written', () => {
    const { vestibule, passport } = named('Rows')?.figures ?? {}
    assert.equal(vestibule, 0)
    // So that it is known to count.
    assert.equal(passport, 200)
  })
})
