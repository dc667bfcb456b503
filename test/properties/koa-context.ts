import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import Koa from 'koa'
import type { AppContext, Context, State } from '../../src/web/context.js'
import { createRender } from '../../src/web/views.js'

const koa = new Koa<State, AppContext>()
koa.context.render = createRender(fileURLToPath(new URL('../../../views/', import.meta.url)))
const socket = new Socket()

/** The context of a GET with these headers, as Koa makes it, without a connection. */
export function contextWith(headers: Record<string, string>, secure = false): Context {
  const request = new IncomingMessage(socket)
  request.method = 'GET'
  request.url = '/'
  request.headers = headers
  const ctx = koa.createContext<State>(request, new ServerResponse(request)) as Context
  ctx.cookies.secure = secure
  return ctx
}
