import { join } from 'node:path'
import { openPage } from '../support/developer-page.js'
import { type Child, startChild } from './child-server.js'
import { createField, type Field, settingsOfOurs } from './contenders.js'
import { browserOf } from './load.js'

/** A call of a provider's API through the client of ours, beside the same by bare `fetch`; calls a second, by turns. */
export interface Calls {
  atOnce: number
  client: number[]
  fetch: number[]
}

export async function measureCalls({ folder, provider, pin }: Field, rounds: number, calls: number): Promise<Calls[]> {
  const field = createField(join(folder, 'calls'), provider, pin)
  const settings = (origin: string) => ({
    ...settingsOfOurs(origin, field),
    ACME_API_BASE_URL: `${provider}/api/`,
  })
  const child = await startChild({ entry: 'contenders/calls.js', settings, cwd: field.folder, pin })
  try {
    return [await compare(child, rounds, calls, 1), await compare(child, rounds, calls, 50)]
  } finally {
    await child.stop()
  }
}

async function compare({ origin }: Child, rounds: number, calls: number, atOnce: number): Promise<Calls> {
  const visitor = browserOf(origin, { person: '1' })
  await visitor.follow('/')
  const perSecond = async (page: string) => {
    const { status, result: reported } = await openPage<number>(visitor, `/${page}?calls=${calls}&atOnce=${atOnce}`)
    if (status !== 200) throw new Error(`The calls ended with ${status}`)
    return (1_000 * calls) / reported
  }
  const found: Calls = { atOnce, client: [], fetch: [] }
  // Round 0 warms up and does not count.
  for (let round = 0; round <= rounds; round++) {
    const [bare, ours] = [await perSecond('by-fetch'), await perSecond('by-client')]
    if (round === 0) continue
    found.fetch.push(bare)
    found.client.push(ours)
  }
  return found
}
