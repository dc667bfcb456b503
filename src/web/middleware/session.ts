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
 * koa-session over our table. Only a sign-in inserts a row. What koa-session saves is an update of an existing row, so a
 * slow request never restores a session that has ended meanwhile.
 */
export function session(app: Koa<State, AppContext>, { sessions, cookies, lifetime, permanent }: Options): Middleware {
  return createSession(
    {
      ...cookies.attributes,
      key: cookies.sessionName,
      // The absolute limit: with the idle limit, an active user would be signed out. The idle limit is in the table.
      maxAge: permanent ? lifetime : 'session',
      // koa-session's default is a UUID (122 bits). Anonymous visitors get an id too, but it is never sent or stored.
      genid: (ctx: Context) => ctx.state.nextHandle ?? randomToken(),
      ContextStore: sessionStore(sessions),
    },
    app,
  )
}

/** koa-session compares documents before it gives them to the store. With a deep one it runs out of stack. */
export const explainSessionError = (ctx: Context, error: unknown): unknown =>
  error instanceof RangeError && isTooDeep(ctx.session?.toJSON()) ? tooDeepError() : error

/** Gives the browser a new, empty session with a new id; the session before is over (ASVS 7.2.4). */
export async function renewSession(ctx: Context, handle: SessionHandle): Promise<void> {
  // regenerate() copies the old data, so the data is removed first.
  ctx.session = {}
  ctx.state.nextHandle = handle
  await ctx.session?.regenerate()
}

/** Ends the session of this request; koa-session removes the row and the cookie when the request ends. */
export function destroySession(ctx: Context): void {
  ctx.session = null
}

/**
 * Forgets the session of a request where something during the request has ended it: a refresh whose response is about
 * another user, or an access rule that no longer admits this user. After that no page shows a signed-in user, and the
 * cookie is cleared.
 */
export type ForgetEndedSession = (ctx: Context) => Promise<void>

export const createForgetEndedSession =
  ({ isActive }: Pick<Sessions, 'isActive'>, cookies: Cookies): ForgetEndedSession =>
  async ctx => {
    const { session, error } = ctx.state
    // A database that does not respond is not asked again.
    if (!session || error?.code === 'store_unavailable') return
    if (await isActive(session).catch(() => true)) return
    ctx.state.endedSession = session
    delete ctx.state.session
    delete ctx.state.user
    destroySession(ctx)
    // Where the request ended with an error, koa-session has written its cookies already.
    cookies.clearSession(ctx)
    cookies.takeFlash(ctx)
  }

/** A store for each request, because reading a session also sets the user of the request. */
function sessionStore(sessions: Sessions) {
  return class {
    constructor(private readonly ctx: Context) {}

    async get(handle: string): Promise<object | undefined> {
      const live = await sessions.read(handle)
      const document = live && readDocument(live.data)
      // A row of another format, from a newer build or a broken disk, cannot be used. If it stayed, each request would fail.
      if (live && !document) await sessions.end(handle)
      if (!live || !document) return undefined
      this.ctx.state.session = live
      this.ctx.state.user = live.user
      this.ctx.state.userId = live.user.id
      return document
    }

    async set(handle: string, { _expire, _maxAge, _session, ...data }: Record<string, unknown>): Promise<void> {
      if (!this.ctx.state.session && !this.ctx.state.nextHandle) {
        throw new Error('ctx.session stores data for signed-in users only, and this request has no session')
      }
      // The row of a new session has an empty document already.
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

/** Each request of the user reads the whole document. */
const MAX_DOCUMENT_CHARS = 1024 * 1024
/** koa-session compares by JSON.stringify, which runs out of stack at some thousands of levels. */
const MAX_LEVELS = 500

const tooDeepError = () => new Error(`ctx.session is nested deeper than ${MAX_LEVELS} levels`)

/** Without recursion, level by level. A document that contains itself has no end, so it is too deep. */
function isTooDeep(document: unknown): boolean {
  let level = [document]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_LEVELS) return true
    level = [...new Set(level.flatMap(value => (isObject(value) ? Object.values(value) : [])))].filter(isObject)
  }
  return false
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** The members of koa-session's own object: it copies stored names onto itself, and one of these would break it. */
const RESERVED_NAMES = new Set(['isNew', 'maxAge', 'save', 'regenerate', 'manuallyCommit', 'commit', 'toJSON'])

/** The document of a session, without reserved names; undefined if it is not a document. */
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
