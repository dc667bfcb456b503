import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { load } from '../../src/config/load.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { serve } from '../../src/serve.js'
import { type Acme, countRows, signIn, startAcme } from '../support/acme-app.js'
import { AcmeBrowser } from '../support/acme-browser.js'
import { createBarrier } from '../support/barrier.js'
import { startFakeProvider } from '../support/fake-provider.js'
import { runSql } from '../support/sql.js'

const SLOTS = 64
const GOAL = 100
const NANO = 1e6

/**
 * A provider that hangs, and a flood of people who never finish: what both do to everybody else. App, provider and
 * visitors share one process here, so the times are longer than an app by itself would have.
 * @param args `--callbacks` (1000), `--pages` (1000), `--starts` (100000)
 * @returns the exit code: 1 if something went wrong; never because of a time
 */
export async function measureDegraded(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      callbacks: { type: 'string', default: '1000' },
      pages: { type: 'string', default: '1000' },
      starts: { type: 'string', default: '100000' },
    },
  })
  const wrong = [
    ...(await whileAProviderHangs(Number(values.callbacks), Number(values.pages))),
    ...(await afterManyStarts(Number(values.starts))),
  ]
  for (const what of wrong) console.log(`WRONG: ${what}`)
  return wrong.length === 0 ? 0 : 1
}

async function whileAProviderHangs(callbacks: number, pages: number): Promise<string[]> {
  const acme = await startAcme({}, { deadline: () => () => {} })
  const gate = createBarrier()
  try {
    const ada = acme.newVisitor()
    await signIn(acme, ada)
    acme.far.on('/token', async (_, response) => {
      await gate.pass()
      response.writeHead(500).end()
    })
    const backs = await Promise.all(Array.from({ length: callbacks }, () => comeBack(acme)))
    const responses = backs.map(async ({ visitor, callback }) => (await visitor.open(callback)).status)
    await gate.arrived(SLOTS)

    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const home = await timeEach(pages, () => ada.open('/'))
    const redirect = await timeEach(pages, () => acme.newVisitor().open('/'))
    delay.disable()
    const [marks] = await acme.sql('select count(*) as n from used_attempts')
    gate.open()
    const busy = (await Promise.all(responses)).filter(status => status === 503).length

    console.log(`\n${callbacks} callbacks to a provider that hangs, ${SLOTS} of them held, ${busy} told provider_busy`)
    print(
      'home page',
      [0.5, 0.99, 1].map(share => at(home.times, share)),
    )
    print(
      'redirect',
      [0.5, 0.99, 1].map(share => at(redirect.times, share)),
    )
    print(
      'event loop',
      [50, 99, 100].map(share => delay.percentile(share) / NANO),
    )
    return [
      ...(busy === callbacks - SLOTS ? [] : [`${busy} were told provider_busy`]),
      // The one more is Ada's own.
      ...(Number(marks?.n) === SLOTS + 1 ? [] : [`${marks?.n} attempts were marked as used`]),
      ...(only(home, 200) && only(redirect, 303) ? [] : ['a page was not answered as usual']),
    ]
  } finally {
    gate.open()
    await acme.stop()
  }
}

async function afterManyStarts(starts: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-bad-day-'))
  const far = await startFakeProvider()
  const sql = (statement: string) => runSql(databaseUrl, statement)
  const databaseUrl = `sqlite:${join(folder, 'vestibule.db')}`
  mkdirSync(join(folder, 'env/local'), { recursive: true })
  // Not as the tests start an app: they remember all that was logged and drawn.
  const { config } = load(folder, presetCatalog(), { ...far.settings(), PORT: '0', DATABASE_URL: databaseUrl })
  const running = await serve(config, { logDestination: { write() {} } })
  try {
    await startSignIn(running.url, Math.ceil(starts / 10))
    const before = heap()
    await startSignIn(running.url, starts)
    const after = heap()
    const rows = Object.values({ ...(await countRows({ sql })), ...(await sql(MARKS))[0] })
    console.log(`\n${starts} sign-ins that nobody finishes: the heap went from ${before} MB to ${after} MB`)
    return rows.every(count => Number(count) === 0) ? [] : [`unfinished sign-ins have left rows: ${rows.join()}`]
  } finally {
    await running.stop()
    await far.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const MARKS = 'select count(*) as used_attempts from used_attempts'

/** Somebody new, back from the provider with the callback's URL not yet opened. */
async function comeBack({ app }: Acme) {
  const visitor = new AcmeBrowser(app.origin)
  return { visitor, callback: await visitor.startSignIn() }
}

async function startSignIn(url: string, starts: number): Promise<void> {
  const left = Array.from({ length: starts }).values()
  const work = async () => {
    for (const _ of left) await new AcmeBrowser(url).open('/login/acme')
  }
  await Promise.all(Array.from({ length: 20 }, work))
}

interface Times {
  /** Milliseconds, the shortest first. */
  times: number[]
  statuses: ReadonlySet<number>
}

async function timeEach(amount: number, open: () => Promise<{ status: number }>): Promise<Times> {
  const times: number[] = []
  const statuses = new Set<number>()
  for (let index = 0; index < amount; index++) {
    const begin = performance.now()
    statuses.add((await open()).status)
    times.push(performance.now() - begin)
  }
  return { times: times.sort((one, other) => one - other), statuses }
}

const only = ({ statuses }: Times, status: number) => statuses.size === 1 && statuses.has(status)

const at = (times: readonly number[], share: number) => times[Math.ceil(times.length * share) - 1] ?? 0

function print(what: string, shares: readonly number[]): void {
  const [middle, high, highest] = shares.map(time => `${time.toFixed(1)} ms`.padStart(9))
  console.log(`  ${what.padEnd(10)}  p50 ${middle}  p99 ${high} (goal: under ${GOAL})  max ${highest}`)
}

/** What is really held, in megabytes. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return Math.round(process.memoryUsage().heapUsed / 1e5) / 10
}
