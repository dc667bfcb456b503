import { pipeline, Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Context } from 'koa'
import { type Fields, sendForm } from './responses.js'

/** Makes a response go wrong. Without it the response would be what `respond` sends. */
export type FaultResponse = (context: FaultContext) => void | Promise<void>

export interface FaultContext {
  ctx: Context
  /** Sends the right response, so that a fault can send it late or change it. */
  respond(): void
  /** Returns after `ms` milliseconds, or earlier if the client no longer waits for this response. */
  pause(ms: number): Promise<void>
}

/** Waits for some milliseconds; `signal` ends the wait early. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>

/** Sends the responses that go wrong, and ends those that would not end by themselves. */
export interface FaultInjector {
  /** Sends the response of the fault if there is one, and the right response otherwise. */
  inject(ctx: Context, fault: FaultResponse | undefined, respond: () => void): void | Promise<void>
  /** Ends the faulty responses that are being sent, and every later one at once. */
  abortAll(): void
}

export function createFaultInjector(pause: Pause = sleep): FaultInjector {
  const pending = new Set<Context['res']>()
  let isStopped = false
  return {
    inject(ctx, fault, respond) {
      if (!fault) return respond()
      if (isStopped) return void ctx.res.destroy()
      ctx.onerror = () => {} // Koa's handler would log each connection that breaks, and here they break on purpose
      const closed = new AbortController()
      pending.add(ctx.res)
      ctx.res.once('close', () => {
        pending.delete(ctx.res)
        closed.abort()
      })
      return fault({ ctx, respond, pause: ms => pause(ms, closed.signal) })
    },
    abortAll() {
      isStopped = true
      for (const res of pending) res.destroy()
    },
  }
}

const sleep: Pause = (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined)

const JSON_TYPE = 'application/json; charset=utf-8'
const MEBIBYTE_BYTES = 1024 * 1024

export const respondJson =
  (status: number, content: unknown, headers: Record<string, string> = {}): FaultResponse =>
  ({ ctx }) => {
    ctx.status = status
    ctx.type = JSON_TYPE
    ctx.set(headers)
    ctx.body = JSON.stringify(content)
  }

/** An OAuth 1.0 error response (from the Problem Reporting extension, which RFC 5849 leaves out). */
export const respondProblem =
  (problem: string, more: Fields = {}): FaultResponse =>
  ({ ctx }) => {
    ctx.status = 401
    ctx.set('WWW-Authenticate', 'OAuth realm="Development provider"')
    sendForm(ctx, { oauth_problem: problem, ...more })
  }

/** The status is 200 all the same, as from a sign-in wall or a captive portal in between. */
export const respondHtml: FaultResponse = ({ ctx }) => {
  ctx.type = 'html'
  ctx.body = '<!doctype html><title>Welcome</title><p>Please accept our terms of use.</p>'
}

/** A client that follows it sends the code and the secret there. No host has that address (RFC 2606). */
export const redirectToUnknownHost: FaultResponse = ({ ctx }) => {
  ctx.status = 307
  ctx.set('Location', 'https://elsewhere.invalid/login/oauth/access_token')
  ctx.body = ''
}

/** Sends the right response with its text changed. */
export const editBody =
  (edit: (body: string) => string): FaultResponse =>
  ({ ctx, respond }) => {
    respond()
    ctx.body = edit(String(ctx.body))
  }

/** Sends the right response late, but within the time that any app should wait. */
export const respondLate: FaultResponse = async ({ respond, pause }) => {
  await pause(3000)
  respond()
}

export const neverRespond: FaultResponse = ({ ctx }) => void bypassKoa(ctx)

/** Each byte comes in time, and the response never ends: spaces are allowed before any JSON. */
export const respondByteByByte: FaultResponse = async ({ ctx, pause }) => {
  ctx.type = JSON_TYPE
  const res = bypassKoa(ctx)
  while (!res.destroyed) {
    res.write(' ')
    await pause(50)
  }
}

export const resetConnection: FaultResponse = ({ ctx }) => {
  bypassKoa(ctx)
  ctx.req.socket.resetAndDestroy()
}

/** Sends 64 MiB of spaces, then the right response: a client that reads it all gets a token. */
export const respondHuge: FaultResponse = ({ ctx, respond }) => {
  respond()
  sendPadded(ctx, repeat(spaces(), 64), String(ctx.body))
}

/** Sends the same, but a GiB of spaces in a MiB of gzip: members may follow each other (RFC 1952, 2.2). */
export const respondGzipBomb: FaultResponse = ({ ctx, respond }) => {
  respond()
  gzippedSpaces ??= gzipSync(spaces())
  ctx.set('Content-Encoding', 'gzip')
  sendPadded(ctx, repeat(gzippedSpaces, 1024), gzipSync(String(ctx.body)))
}

const spaces = () => Buffer.alloc(MEBIBYTE_BYTES, ' ')

let gzippedSpaces: Buffer | undefined

function* repeat(part: Buffer, times: number): Generator<Buffer> {
  for (let at = 0; at < times; at++) yield part
}

/** Sends no faster than the client reads, so that little memory is used, and stops once the client has gone. */
function sendPadded(ctx: Context, padding: Iterable<Buffer>, end: string | Buffer): void {
  ctx.remove('Content-Length')
  const parts = function* () {
    yield* padding
    yield Buffer.from(end)
  }
  // An error is expected: the client closes the connection early.
  pipeline(Readable.from(parts()), bypassKoa(ctx), () => {})
}

/** The response is written here, and no longer by Koa. */
function bypassKoa(ctx: Context): Context['res'] {
  ctx.status = 200
  ctx.respond = false
  return ctx.res
}
