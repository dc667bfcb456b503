import type Koa from 'koa'
import { createSession } from 'koa-session'
import type { SessionHandle, Sessions } from '../../accounts/accounts.js'
import { randomToken } from '../../crypto/random.js'
import type { AppContext, Context, Middleware, State } from '../context.js'
import type { Cookies } from '../cookies.js'

interface Options {
  sessions: Sessions
  cookies: Cookies
  /** Milliseconds. */
  lifetime: number
  permanent: boolean
}

/**
 * koa-session over our table. Only a sign-in makes a row; everything that koa-session saves is an update of a row that
 * still exists, so that a slow request never brings back a session that has ended meanwhile.
 */
export function session(app: Koa<State, AppContext>, { sessions, cookies, lifetime, permanent }: Options): Middleware {
  const middleware = createSession(
    {
      ...cookies.attributes,
      key: cookies.sessionName,
      // The absolute limit: with the idle one, an active person would be signed out. The idle limit is in the table.
      maxAge: permanent ? lifetime : 'session',
      // Its default is a UUID (122 bits). Anonymous visitors get an id here too, but it is never sent or stored.
      genid: (ctx: Context) => ctx.state.nextHandle ?? randomToken(),
      ContextStore: sessionStore(sessions),
    },
    app,
  )
  return async (ctx, next) => {
    try {
      await middleware(ctx, next)
    } catch (error) {
      // koa-session compares documents before it hands them to the store, and that is where a deep one ends.
      throw error instanceof RangeError && isTooDeep(ctx.session?.toJSON()) ? tooDeepError() : error
    }
  }
}

/** Gives the browser a new session id with nothing in it; the session it had before is over (ASVS 7.2.4). */
export async function renewSession(ctx: Context, handle: SessionHandle): Promise<void> {
  // regenerate() carries the old data over, so it goes first.
  ctx.session = {}
  ctx.state.nextHandle = handle
  await ctx.session?.regenerate()
}

/** Ends the session of this request; koa-session removes the row and the cookie when the request ends. */
export function destroySession(ctx: Context): void {
  ctx.session = null
}

/** A store for each request, because finding a session also tells the request who it is. */
function sessionStore(sessions: Sessions) {
  return class {
    constructor(private readonly ctx: Context) {}

    async get(handle: string): Promise<object | undefined> {
      const live = await sessions.read(handle)
      const document = live && readDocument(live.data)
      // A row of another format, from a newer build or a broken disk, is worth as much as none, and would only loop.
      if (live && !document) await sessions.end(handle)
      if (!live || !document) return undefined
      this.ctx.state.session = live
      this.ctx.state.user = live.user
      this.ctx.state.userId = live.user.id
      return document
    }

    async set(handle: string, { _expire, _maxAge, _session, ...data }: Record<string, unknown>): Promise<void> {
      if (!this.ctx.state.session && !this.ctx.state.nextHandle) {
        throw new Error('ctx.session keeps data for signed-in people only: this visitor has no session to write to')
      }
      // The row of a new session holds an empty document already.
      if (handle === this.ctx.state.nextHandle && Object.keys(data).length === 0) return
      if (isTooDeep(data)) throw tooDeepError()
      const text = JSON.stringify(data)
      if (text.length > MAX_DOCUMENT_CHARS)
        throw new Error(`ctx.session holds ${text.length} characters; ${MAX_DOCUMENT_CHARS} are the most`)
      await sessions.save(handle, text)
    }

    async destroy(handle: string): Promise<void> {
      if (this.ctx.state.session) await sessions.end(handle)
    }
  }
}

/** Of what is kept for a person; each request of theirs reads it. */
const MAX_DOCUMENT_CHARS = 1024 * 1024
/** JSON.stringify, by which koa-session compares, runs out of stack at some thousands. */
const MAX_LEVELS = 500

const tooDeepError = () => new Error(`ctx.session is nested deeper than ${MAX_LEVELS} levels`)

/** Without recursion, level by level; a document that contains itself has no end, and so is too deep. */
function isTooDeep(document: unknown): boolean {
  let level = [document]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_LEVELS) return true
    level = [...new Set(level.flatMap(value => (isObject(value) ? Object.values(value) : [])))].filter(isObject)
  }
  return false
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What koa-session's own object is made of: it copies stored names onto itself, and such a one would break it. */
const RESERVED_NAMES = new Set(['isNew', 'maxAge', 'save', 'regenerate', 'manuallyCommit', 'commit', 'toJSON'])

/** The document of a session, without names that are not ours to set; undefined if it is no document. */
function readDocument(data: string): object | undefined {
  if (data === '{}') return {}
  try {
    const document: unknown = JSON.parse(data)
    if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined
    if (isTooDeep(document)) return undefined
    return Object.fromEntries(
      Object.entries(document).filter(([name]) => !name.startsWith('_') && !RESERVED_NAMES.has(name)),
    )
  } catch {
    return undefined
  }
}
