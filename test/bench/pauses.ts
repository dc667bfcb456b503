import { setTimeout as wait } from 'node:timers/promises'
import { Agent } from 'undici'
import { HttpBrowser, type Page } from '../support/http-browser.js'
import type { Child } from './child-server.js'

/** Milliseconds that whoever waited longest had to wait. */
export interface Pauses {
  page: number
  account: number
  /** The way back from the provider, which writes. */
  signIn: number
}

export interface Watched {
  milliseconds: number
  pauses: Pauses
}

// So that what is watched has most of the processor, as on a machine with room.
const REST = 5

/** Does something while others go on: one looks at a page, one at their account, and people sign in, one after another. */
export async function watchPauses(child: Child, person: number, work: () => Promise<unknown>): Promise<Watched> {
  const agents = [new Agent(), new Agent(), new Agent()] as const
  const [looking, asking] = [visitorOf(child, person, agents[0]), visitorOf(child, person, agents[1])]
  await Promise.all([looking.follow('/'), asking.follow('/')])

  let over = false
  const longest = async (act: (turn: number) => Promise<number>) => {
    let most = 0
    for (let turn = 1; !over; turn++) {
      most = Math.max(most, await act(turn))
      await wait(REST)
    }
    return most
  }
  const begin = performance.now()
  const working = work().finally(() => {
    over = true
  })
  const [page, account, signIn] = await Promise.all([
    longest(() => timeOf(200, () => looking.open('/'))),
    longest(() => timeOf(200, () => asking.open('/account'))),
    longest(turn => comeBack(visitorOf(child, person + turn, agents[2]))),
    working,
  ])
  const milliseconds = performance.now() - begin
  await Promise.all(agents.map(agent => agent.close()))
  return { milliseconds, pauses: { page, account, signIn } }
}

function visitorOf({ origin }: Child, person: number, agent: Agent): HttpBrowser {
  const visitor = new HttpBrowser(origin, agent)
  visitor.jar.set(new URL(origin).hostname, new Map([['person', String(person)]]))
  return visitor
}

async function comeBack(visitor: HttpBrowser): Promise<number> {
  const atProvider = await visitor.open('/login/acme')
  const { location = '' } = await visitor.open(atProvider.location ?? '')
  return timeOf(303, () => visitor.open(location))
}

async function timeOf(expected: number, open: () => Promise<Page>): Promise<number> {
  const begin = performance.now()
  const { status, url } = await open()
  if (status !== expected) throw new Error(`${new URL(url).pathname} answered ${status}`)
  return performance.now() - begin
}
