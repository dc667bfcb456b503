import autocannon from 'autocannon'
import { HttpBrowser } from '../support/http-browser.js'
import type { Child } from './child-server.js'

const CONNECTIONS = 20

/** How many pages are opened: for so many seconds, or so many times. */
export type Pages = { duration: number } | { amount: number }

/** What a load cost: how many a second, and how many microseconds of the contender's processor each. */
export interface Cost {
  perSecond: number
  cpu: number
}

interface Browsers {
  /** Of several, each connection has its own, and takes them in turn. */
  cookie?: string | readonly string[]
  expect: '2xx' | '3xx'
}

/** Opens `/` over and over on twenty connections. */
export async function openPages(child: Child, { cookie = '', expect, ...pages }: Browsers & Pages): Promise<Cost> {
  const cookies = [cookie].flat()
  const requests = cookies.map(each => ({ headers: { accept: 'text/html', ...(each && { cookie: each }) } }))
  let connection = 0
  const share = () => {
    const mine = cookies.length < CONNECTIONS ? requests : requests.filter((_, at) => at % CONNECTIONS === connection)
    connection++
    return mine
  }
  return costOf(child, async () => {
    const setupClient = (client: autocannon.Client) => client.setRequests(share())
    const result = await autocannon({ url: child.origin, connections: CONNECTIONS, setupClient, ...pages })
    const { total } = result.requests
    // Fast errors are no speed.
    if (result[expect] !== total || result.errors > 0) throw new Error(`Not all of ${total} answers were ${expect}`)
    return total
  })
}

/** Whole sign-ins, from the first page to the greeting, of those who come after so many; each is a browser of its own. */
export function signInOften(child: Child, count: number, path?: string, before = 0): Promise<Cost> {
  return costOf(child, () => eachOnce(count, person => signIn(child, before + person, path)))
}

/** Does something so many times, twenty at a time. */
export async function eachOnce(count: number, act: (turn: number) => Promise<unknown>): Promise<number> {
  let begun = 0
  const work = async () => {
    while (begun < count) await act(++begun)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  return count
}

/** Signs one person in; returns the cookies that their browser sends from then on. */
export async function signIn({ origin }: Child, person: number, path = '/'): Promise<string> {
  const visitor = browserOf(origin, { person: String(person) })
  const page = await visitor.follow(path)
  if (page.status !== 200 || !page.text.includes(`Ada the ${person}th`)) throw new Error(`No greeting at ${page.url}`)
  return [...visitor.cookies()].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** A browser whose cookies tell the provider what to answer; cookies know no ports. */
export function browserOf(origin: string, cookies: Record<string, string>): HttpBrowser {
  const visitor = new HttpBrowser(origin)
  visitor.jar.set(new URL(origin).hostname, new Map(Object.entries(cookies)))
  return visitor
}

async function costOf(child: Child, load: () => Promise<number>): Promise<Cost> {
  const { cpu: before } = await child.ask('usage')
  const begin = performance.now()
  const count = await load()
  const seconds = (performance.now() - begin) / 1000
  const { cpu: after } = await child.ask('usage')
  return { perSecond: count / seconds, cpu: (after - before) / count }
}
