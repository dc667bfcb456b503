// A page of a developer's own, in a real app: what it does is written in the test.
import assert from 'node:assert/strict'
import { Router } from '@koa/router'
import type { Vestibule } from '../../src/server.js'
import type { AppContext, Context, State } from '../../src/web/context.js'
import type { TestApp } from './app.js'
import type { HttpBrowser } from './http-browser.js'

export type Work = (ctx: Context) => unknown

export interface Done<T> {
  status: number
  /** What the work came to, as JSON; or the refusal. */
  result: T
}

export interface Refused {
  error: string
  message: string
}

/** Opens the page as this visitor, who asks for JSON; it does this work, and answers with what comes of it. */
export type Ask = <T = Refused>(visitor: HttpBrowser, work: Work) => Promise<Done<T>>

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
export async function openPage<T = Refused>(visitor: HttpBrowser, path: string): Promise<Done<T>> {
  const { status, text } = await visitor.ask(path, { headers: { Accept: 'application/json' } })
  const message = JSON.parse(text)
  return { status, result: status === 200 ? message.done : message }
}

function routerOf(middleware: readonly object[]): Router<State, AppContext> {
  const found = middleware.map((each): unknown => 'router' in each && each.router).find(isRouter)
  assert.ok(found, 'The app has no router')
  return found
}

const isRouter = (value: unknown): value is Router<State, AppContext> => value instanceof Router
