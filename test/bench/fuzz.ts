import { parseArgs } from 'node:util'
import { PROPERTIES } from '../properties/all.js'
import { type Property, TOO_LONG } from '../properties/property.js'
import { requests } from '../properties/requests.js'
import { unhandledRejections } from '../support/no-unhandled-rejections.js'

const SECOND = 1_000

/**
 * `--fuzz`: tries every property with many more inputs than the tests do, and reports the slowest of each.
 * @param args `--runs` (1000000; whole requests over HTTP take a tenth of it), `--only` a part of the properties' names
 * @returns the exit code: 1 for a counterexample, an input that takes too long or a rejection that nobody handled
 */
export async function fuzz(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: 'string', default: '1000000' }, only: { type: 'string', default: '' } },
  })
  const runs = Number(values.runs)
  let clean = true
  for (const each of PROPERTIES.filter(({ name }) => name.includes(values.only))) {
    clean = (await tryOut(each, each === requests ? Math.ceil(runs / 10) : runs)) && clean
  }
  if (unhandledRejections.length > 0) console.log(`${unhandledRejections.length} rejections were not handled`)
  clean &&= unhandledRejections.length === 0
  console.log(clean ? 'clean' : 'not clean')
  return clean ? 0 : 1
}

async function tryOut({ name, hold }: Property, runs: number): Promise<boolean> {
  const progress = followProgress(runs)
  console.log(name)
  try {
    await hold(runs, progress.watch)
  } catch (error) {
    console.log(`  COUNTEREXAMPLE: ${error instanceof Error ? error.message : error}`)
    return false
  }
  const { ms, input } = progress.slowest()
  console.log(`  ${runs} inputs in ${progress.seconds()} s, the slowest took ${ms.toFixed(1)} ms`)
  if (ms <= TOO_LONG) return true
  console.log(`  TOO SLOW: ${JSON.stringify(input).slice(0, 2_000)}`)
  return false
}

function followProgress(runs: number) {
  const begin = performance.now()
  let slowest: { ms: number; input: unknown } = { ms: 0, input: undefined }
  let tried = 0
  let reported = begin
  return {
    watch(ms: number, input: unknown) {
      tried++
      if (ms > slowest.ms) slowest = { ms, input }
      if (performance.now() < reported + 10 * SECOND) return
      reported = performance.now()
      process.stderr.write(`  ${tried} of ${runs}\n`)
    },
    slowest: () => slowest,
    seconds: () => Math.round((performance.now() - begin) / SECOND),
  }
}
