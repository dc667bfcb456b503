import { parseArgs } from 'node:util'
import { CRASHES, type Crash, SITUATIONS } from '../crash-recovery/crash-points.js'
import { crash } from '../crash-recovery/crash-sign-in.js'
import { type CrashApp, openCrashApp } from '../crash-recovery/setup.js'
import { measureDegraded } from './degraded.js'

const AT_A_TIME = 2
// A way back takes about half of that.
const LATEST_MOMENT = 60

/**
 * `--faults`: a bad day, with a provider that hangs and a flood of starts; then the app is killed on the way back, by turns
 * at a named point and at any moment, and what it leaves is looked at.
 * @param args `--runs` (400)
 * @returns the exit code
 */
export async function faults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { runs: { type: 'string', default: '400' } } })
  const crashes = Array.from({ length: Number(values.runs) }, (_, run) => crashOf(run))
  const badly = await measureDegraded([])
  const site = await openCrashApp()
  try {
    const failures = await crashAll(site, crashes)
    for (const { what, error } of failures) console.log(`\n${what}\n${error}`)
    console.log(failures.length === 0 ? `${crashes.length} crashes: clean` : `${failures.length} crashes left a mess`)
    return failures.length === 0 ? badly : 1
  } finally {
    site.clear()
  }
}

function crashOf(run: number): Crash {
  const turn = Math.floor(run / 2)
  const named = CRASHES[turn % CRASHES.length]
  if (named && run % 2 === 0) return named
  const situation = SITUATIONS[turn % SITUATIONS.length] ?? 'newcomer'
  return { situation, point: Math.random() * LATEST_MOMENT, left: undefined }
}

interface Failure {
  what: string
  error: unknown
}

async function crashAll(site: CrashApp, crashes: readonly Crash[]): Promise<Failure[]> {
  const failures: Failure[] = []
  const waiting = crashes.entries()
  async function work() {
    for (const [run, each] of waiting) {
      const what = `${each.situation}, ${each.point}`
      process.stderr.write(`  ${run + 1}/${crashes.length} ${what}\n`)
      await crash(site, each).catch(error => failures.push({ what, error }))
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return failures
}
