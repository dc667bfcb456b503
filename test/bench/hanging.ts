import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { startFakeProvider, wayBack } from '../support/fake-provider.js'
import { Visitor } from '../support/visitor.js'
import { startChild } from './child.js'
import { createField, settingsOfOurs } from './contenders.js'
import { pinOurselves } from './pinning.js'

const CALLBACKS = 1_000
const PAGES = 2_000
const AT_A_TIME = 5
const GOAL = 100

/**
 * A provider that hangs holds 1,000 callbacks: what everybody else feels of it, before and meanwhile. Figures only.
 */
export async function hanging(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-hanging-'))
  const provider = await startFakeProvider()
  const field = createField(folder, provider.origin, pinOurselves())
  const settings = (origin: string) => settingsOfOurs(origin, field)
  const app = await startChild({ entry: 'contenders/vestibule.js', settings, cwd: folder, pin: field.pin })
  try {
    const cookie = await signIn(app.origin)
    const before = await feel(app.origin, cookie)
    provider.on('/token', () => {})
    const held = await holdCallbacks(app.origin)
    const meanwhile = await feel(app.origin, cookie)
    const refused = await Promise.all(held.map(callback => Promise.race([callback, nothing(200)])))
    tell(before, meanwhile, refused)
  } finally {
    await app.stop()
    await provider.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function signIn(origin: string): Promise<string> {
  const visitor = new Visitor(origin)
  await visitor.open(wayBack((await visitor.open('/')).location ?? '', { code: 'ada' }))
  return [...visitor.cookies()].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** Comes back a thousand times, each from a browser of its own, and waits for no answer. */
async function holdCallbacks(origin: string): Promise<Promise<number>[]> {
  const held: Promise<number>[] = []
  for (let index = 0; index < CALLBACKS; index++) {
    const visitor = new Visitor(origin)
    const callback = wayBack((await visitor.open('/')).location ?? '', { code: 'ada' })
    held.push(
      visitor.open(callback).then(
        ({ status }) => status,
        () => 0,
      ),
    )
  }
  return held
}

interface Felt {
  page: number
  redirect: number
}

/** The 99th percentile of the time for a guarded page and for an anonymous redirect, in milliseconds. */
async function feel(origin: string, cookie: string): Promise<Felt> {
  return { page: await slowest(origin, { cookie }), redirect: await slowest(origin, {}) }
}

async function slowest(origin: string, headers: Record<string, string>): Promise<number> {
  const times: number[] = []
  const visit = async () => {
    while (times.length < PAGES) {
      const begin = performance.now()
      const { body } = await request(`${origin}/`, { headers: { accept: 'text/html', ...headers } })
      await body.dump()
      times.push(performance.now() - begin)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, visit))
  return times.sort((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? Number.NaN
}

const nothing = (milliseconds: number): Promise<'held'> =>
  new Promise(resolve => setTimeout(resolve, milliseconds, 'held'))

function tell(before: Felt, meanwhile: Felt, answers: readonly (number | 'held')[]): void {
  const count = (wanted: number | 'held') => answers.filter(answer => answer === wanted).length
  const line = (what: string, key: keyof Felt) =>
    `${what.padEnd(34)}${before[key].toFixed(1).padStart(8)} ms${meanwhile[key].toFixed(1).padStart(12)} ms`
  console.log(
    `\nA provider that hangs, and ${CALLBACKS} callbacks: ${count('held')} held, ${count(503)} told provider_busy`,
  )
  console.log(
    `${'99th percentile'.padEnd(34)}${'before'.padStart(11)}${'meanwhile'.padStart(15)}   goal: under ${GOAL} ms`,
  )
  console.log(line('Guarded page', 'page'))
  console.log(line('Redirect of an anonymous visitor', 'redirect'))
}
