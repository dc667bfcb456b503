// Runs the tests: `node dist/test/run.js`, or `... quick` for those that need neither browser nor PostgreSQL nor minutes.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNginx, WITHOUT_NGINX } from './support/nginx.js'
import { startPostgres } from './support/postgres.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const networkOff = new URL('./support/network-off.js', import.meta.url).href
const SLOW = [
  'accounts/account-page',
  'accounts/asker',
  'accounts/clock-',
  'accounts/standing',
  'accounts/tokens/',
  'bench/',
  'browser/',
  'cli/',
  'cases',
  'client-limits',
  'crash/',
  'dev-provider/',
  'docs/',
  'journeys/',
  'net/deadline',
  'properties',
  'support/',
  'store/',
  'storm/',
]

const quick = process.argv[2] === 'quick'
const named = quick ? [] : process.argv.slice(2)

const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.js'))
  .filter(file => !quick || !SLOW.some(folder => file.startsWith(folder)))
  .filter(file => named.length === 0 || named.some(name => file.includes(name)))
  .sort()
  .map(file => relative(process.cwd(), join(here, file)))

const postgres = quick ? undefined : await startPostgres()
const env = { ...process.env, ...(postgres && { TEST_DATABASE_URL: postgres.url }) }
// By itself node leaves a processor free, and of two that is half of all.
const lanes = `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`
const run = spawn(process.execPath, ['--import', networkOff, '--test', lanes, ...files], { stdio: 'inherit', env })
run.on('exit', async code => {
  await postgres?.stop()
  if (process.env.REQUIRE_PROXIES !== '1' && !quick && !findNginx()) console.log(`\n${WITHOUT_NGINX}`)
  process.exitCode = code ?? 1
})
