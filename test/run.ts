// Runs the tests: `node dist/test/run.js`, with `quick` those that need neither browser nor PostgreSQL nor minutes, and
// with parts of paths the files that have one of them in theirs.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNginx, WITHOUT_NGINX } from './support/nginx.js'
import { startPostgres } from './support/postgres.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const networkOff = new URL('./support/network-off.js', import.meta.url).href
const sharing = new URL('./support/shared.js', import.meta.url).href

const SLOW = [
  'accounts/clock-',
  'accounts/protocols/discovery',
  'accounts/provider-api/',
  'accounts/sessions/account-lock',
  'accounts/sessions/clock-check',
  'accounts/users/',
  'bench/',
  'browser/',
  'cases',
  'cli/',
  'http-server',
  'concurrency/',
  'config/env-file',
  'crash-recovery/',
  'dev-provider/',
  'docs/',
  'journeys/',
  'net/deadline',
  'properties',
  'store/',
  'support/',
  'web/guards/rate-limit-counters',
]
/** They measure memory or time, change their process, or keep both processors busy by themselves. */
const ALONE = [
  'bench/',
  'cli/dev',
  'cli/output',
  'concurrency/',
  'crash-recovery/',
  'net/deadline',
  'properties/linear',
  'support/network-off',
  'web/guards/rate-limit-counters',
]
/** Those first that take longest, so that no processor waits at the end. */
const LONGEST_FIRST = ['cli/dev', 'bench/', 'crash-recovery/', 'browser/', 'properties/', 'cli/']
const FILES_PER_PROCESS = 12

const quick = process.argv[2] === 'quick'
const named = quick ? [] : process.argv.slice(2)
const isIn = (list: readonly string[], file: string) => list.some(part => file.startsWith(part))

const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.js'))
  .filter(file => !quick || !isIn(SLOW, file))
  .filter(file => named.length === 0 || named.some(name => file.includes(name)))
  .sort()

// Without a file, node would run every file that it finds.
if (files.length === 0) {
  console.error(`No test file has ${named.join(' or ')} in its path`)
  process.exit(1)
}

/** Files of neighbouring folders share a process: to start one and load the app takes longer than most of them. */
function groupsOf(all: readonly string[]): string[][] {
  const groups: string[][] = []
  let open: string[] | undefined
  for (const file of all) {
    const top = file.split('/', 1)[0]
    if (isIn(ALONE, file)) groups.push([file])
    else if (open && open.length < FILES_PER_PROCESS && open[0]?.split('/', 1)[0] === top) open.push(file)
    else {
      open = [file]
      groups.push(open)
    }
  }
  const rank = ([first = '']: string[]) => {
    const at = LONGEST_FIRST.findIndex(part => first.startsWith(part))
    return at === -1 ? LONGEST_FIRST.length : at
  }
  return groups.sort((one, other) => rank(one) - rank(other))
}

/** A file that runs others, each in a suite of its own, so that its hooks are its own too. */
function writeGroup(folder: string, group: readonly string[], index: number): string {
  const name = group.length === 1 ? group[0] : `${dirname(group[0] ?? '')}-${group.length}-files`
  const path = join(folder, `${String(index).padStart(3, '0')}-${name?.replaceAll('/', '-')}.test.mjs`)
  const imports = group.map(file => [file.replace(/\.js$/, ''), new URL(file, import.meta.url).href])
  writeFileSync(
    path,
    `import { after, describe } from 'node:test'
import { startSharing, stopSharing } from ${JSON.stringify(sharing)}
startSharing()
for (const [name, url] of ${JSON.stringify(imports)}) describe(name, async () => { await import(url) })
after(stopSharing)
`,
  )
  return path
}

const folder = mkdtempSync(join(tmpdir(), 'vestibule-tests-'))
const groups = groupsOf(files).map((group, index) => writeGroup(folder, group, index))
const postgres = quick ? undefined : await startPostgres()
const env = { ...process.env, ...(postgres && { TEST_DATABASE_URL: postgres.url }) }
// By itself node leaves a processor free, and of two that is half of all.
const lanes = `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`
const run = spawn(process.execPath, ['--import', networkOff, '--test', lanes, ...groups], { stdio: 'inherit', env })
run.on('exit', async code => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
  if (process.env.REQUIRE_PROXIES !== '1' && !quick && !findNginx()) console.log(`\n${WITHOUT_NGINX}`)
  process.exitCode = code ?? 1
})
