import { pipeline, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { Context } from 'koa'
import type { Bite } from './mischief.js'
import { answerForm, type Fields } from './redirect.js'

const JSON_TYPE = 'application/json; charset=utf-8'
const MEBIBYTE = 1024 * 1024

export const answerJson =
  (status: number, content: unknown, headers: Record<string, string> = {}): Bite =>
  ({ ctx }) => {
    ctx.status = status
    ctx.type = JSON_TYPE
    ctx.set(headers)
    ctx.body = JSON.stringify(content)
  }

/** A refusal in the words of OAuth 1.0 (the Problem Reporting extension, which RFC 5849 leaves out). */
export const answerProblem =
  (problem: string, more: Fields = {}): Bite =>
  ({ ctx }) => {
    ctx.status = 401
    ctx.set('WWW-Authenticate', 'OAuth realm="Development provider"')
    answerForm(ctx, { oauth_problem: problem, ...more })
  }

/** A 200 all the same, as from a sign-in wall or a captive portal in between. */
export const answerHtml: Bite = ({ ctx }) => {
  ctx.type = 'html'
  ctx.body = '<!doctype html><title>Welcome</title><p>Please accept our terms of use.</p>'
}

/** Whoever follows it hands over code and secret. Nobody is at that address (RFC 2606). */
export const sendElsewhere: Bite = ({ ctx }) => {
  ctx.status = 307
  ctx.set('Location', 'https://elsewhere.invalid/login/oauth/access_token')
  ctx.body = ''
}

/** The right answer, changed as text. */
export const change =
  (edit: (body: string) => string): Bite =>
  ({ ctx, usual }) => {
    usual()
    ctx.body = edit(String(ctx.body))
  }

/** Late, but within what any app should wait. */
export const answerLate: Bite = async ({ usual, pause }) => {
  await pause(3000)
  usual()
}

export const neverAnswer: Bite = ({ ctx }) => void takeOver(ctx)

/** Each byte comes in time, and the answer never does: spaces may stand before any JSON. */
export const drip: Bite = async ({ ctx, pause }) => {
  ctx.type = JSON_TYPE
  const res = takeOver(ctx)
  while (!res.destroyed) {
    res.write(' ')
    await pause(50)
  }
}

export const resetConnection: Bite = ({ ctx }) => {
  takeOver(ctx)
  ctx.req.socket.resetAndDestroy()
}

/** 64 MiB of spaces, then the right answer: who has the patience gets a token. */
export const answerHuge: Bite = ({ ctx, usual }) => {
  usual()
  pour(ctx, repeat(spaces(), 64), String(ctx.body))
}

/** The same, but a GiB of spaces in a MiB of gzip: members may follow each other (RFC 1952, 2.2). */
export const answerGzipBomb: Bite = ({ ctx, usual }) => {
  usual()
  packedSpaces ??= gzipSync(spaces())
  ctx.set('Content-Encoding', 'gzip')
  pour(ctx, repeat(packedSpaces, 1024), gzipSync(String(ctx.body)))
}

const spaces = () => Buffer.alloc(MEBIBYTE, ' ')

let packedSpaces: Buffer | undefined

function* repeat(part: Buffer, times: number): Generator<Buffer> {
  for (let at = 0; at < times; at++) yield part
}

/** Sends no faster than the other side reads, so that little is held, and nothing once it has gone. */
function pour(ctx: Context, padding: Iterable<Buffer>, end: string | Buffer): void {
  ctx.remove('Content-Length')
  const parts = function* () {
    yield* padding
    yield Buffer.from(end)
  }
  // The callback has nothing to do: that the other side leaves early is the point.
  pipeline(Readable.from(parts()), takeOver(ctx), () => {})
}

/** Takes the answer out of Koa's hands. */
function takeOver(ctx: Context): Context['res'] {
  ctx.status = 200
  ctx.respond = false
  return ctx.res
}
