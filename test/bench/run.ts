// The benchmark: `npm run bench`, with `-- --json` for machines and `-- --quick` for a look that it works; `-- --only
// large-database,concurrency` measures these parts alone. README.md says what each row means.
// `-- --fuzz` and `-- --faults` measure nothing: they try what `npm test` tries, for longer.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startChild } from './child-server.js'
import { createField } from './contenders.js'
import type { Extent } from './measure.js'
import { PARTS } from './parts.js'
import { pinOurselves } from './pinning.js'
import type { Result } from './report.js'
import { table } from './table.js'

const FULL: Extent = {
  ...{ rounds: 3, pages: { duration: 3 }, signIns: 1_000, starts: 5, visits: 10_000, sessions: 1_000_000 },
  ...{ idTokens: 5_000, flood: 1_000, accountPages: 1_000, storm: 500, calls: 5_000 },
}
const QUICK: Extent = {
  ...{ rounds: 1, pages: { amount: 200 }, signIns: 25, starts: 1, visits: 200, sessions: 1_000 },
  ...{ idTokens: 50, flood: 25, accountPages: 20, storm: 40, calls: 100 },
}

const NOTES = `
All in one run, by turns, on SQLite files, NODE_ENV=production, twenty connections; medians over the rounds.
Vestibule runs in environment local, because the provider is http, with its log as JSON at level info into /dev/null,
and with the one V8 flag that \`vestibule serve\` sets for itself.
bare Koa is one middleware around the same compiled template. The passport app is express 5, passport, express-session
and better-sqlite3-session-store, with state and PKCE; it logs nothing and sets no security headers. Both it and
Vestibule lead an anonymous visitor straight to the provider. Start-ups are with the database in place.
The large database: each of its users has five sessions and five events, and the longest waits are those of one who looks at a
page, one who looks at an account and one who comes back from the provider, over and over, with 5 ms of rest.
ID tokens are verified one after the other, with the key at hand; jose does it by WebCrypto, beside the main thread.`

const [first, ...rest] = process.argv.slice(2)
if (first === '--fuzz') process.exit(await (await import('./fuzz.js')).fuzz(rest))
if (first === '--faults') process.exit(await (await import('./crash-points.js')).faults(rest))

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    only: { type: 'string', default: Object.keys(PARTS).join() },
  },
})
const extent = options.quick ? QUICK : FULL
const say = (text: string) => void process.stderr.write(`  ${text}\n`)

const folder = mkdtempSync(join(tmpdir(), 'vestibule-bench-'))
const pin = pinOurselves()
const provider = await startChild({ entry: 'fake-provider-process.js', settings: () => ({}), cwd: folder })
try {
  const results: Result[] = []
  for (const name of options.only.split(',')) {
    const part = PARTS[name]
    if (!part) throw new Error(`--only knows ${Object.keys(PARTS).join(', ')}, and no ${name}`)
    say(name)
    results.push(...(await part(createField(folder, provider.origin, pin), extent, say)))
  }
  const machine = { node: process.version, processors: availableParallelism(), pinned: pin.length > 0 }
  console.log(
    options.json ? JSON.stringify({ ...machine, extent, results }, undefined, 2) : `${table(results)}\n${NOTES}`,
  )
} finally {
  await provider.stop()
  rmSync(folder, { recursive: true, force: true })
}
