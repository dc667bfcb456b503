import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Result } from './report.js'

const entry = fileURLToPath(new URL('run.js', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, [entry, ...args])

// The other parts start many processes. They are run before each release: see README.md.
test('the benchmark measures the parts that it is asked for, with a figure and a ratio above nothing for each', async () => {
  const { stdout } = await run('--quick', '--json', '--only', 'calls,id-tokens')
  const results: Result[] = JSON.parse(stdout).results
  assert.deepEqual(
    results.map(({ name }) => name.trim()),
    [
      ...['Calls of an API, one by one', 'Calls of an API, 50 at once'],
      ...['ID tokens, RS256', 'ID tokens, ES256', 'ID tokens, EdDSA'],
    ],
  )
  for (const { name, figures, ratios } of results) {
    for (const figure of Object.values(figures)) assert.ok(figure > 0, `${name}: ${figure}`)
    for (const { value, to } of ratios) assert.ok(value > 0, `${name}: ${value} of ${to}`)
  }
})

test('the benchmark names its parts where it is asked for another', async () => {
  await assert.rejects(run('--quick', '--only', 'town'), /contenders, large-database, concurrency, calls, protocols/)
})
