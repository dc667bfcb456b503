// A page of a developer's own, in a real app: what it does is written in the test.
import assert from 'node:assert/strict'
import { Router } from '@koa/router'
import type { Vestibule } from '../../src/server.js'
import type { Context, Reach, State } from '../../src/web/context.js'
import type { TestApp } from './app.js'
import type { Visitor } from './visitor.js'

export type Work = (ctx: Context) => unknown

export interface Done<T> {
  status: number
  /** What the work came to, as JSON; or the refusal. */
  told: T
}

export interface Refused {
  error: string
  message: string
}

/** Opens the page as this visitor, who asks for JSON; it does this work, and answers with what comes of it. */
export type Ask = <T = Refused>(visitor: Visitor, work: Work) => Promise<Done<T>>

/** Adds a page for anyone to an app, beside those of src/web/routes.ts; the app may serve already. */
export function addPage({ vestibule }: Pick<TestApp, 'vestibule'>): Ask {
  const works: Work[] = []
  route(vestibule, '/try/:work', ctx => works[Number(ctx.path.split('/').at(-1))]?.(ctx))
  return (visitor, work) => openPage(visitor, `/try/${works.push(work) - 1}`)
}

/** The page at one address, which does the same work each time. */
export function route({ app }: Pick<Vestibule, 'app'>, path: string, work: Work): void {
  routerOf(app.middleware).get(path, async ctx => {
    ctx.body = { done: await work(ctx) }
  })
}

/** Opens such a page, wherever it is. */
export async function openPage<T = Refused>(visitor: Visitor, path: string): Promise<Done<T>> {
  const { status, text } = await visitor.ask(path, { headers: { Accept: 'application/json' } })
  const said = JSON.parse(text)
  return { status, told: status === 200 ? said.done : said }
}

function routerOf(middleware: readonly object[]): Router<State, Reach> {
  const found = middleware.map((each): unknown => 'router' in each && each.router).find(isRouter)
  assert.ok(found, 'The app has no router')
  return found
}

const isRouter = (value: unknown): value is Router<State, Reach> => value instanceof Router
