import type { RouterContext, RouterMiddleware } from '@koa/router'
import type { DefaultContext, Middleware as KoaMiddleware, ParameterizedContext } from 'koa'
import type { ActiveSession, ClientOptions, ProviderClient, SessionHandle } from '../accounts/accounts.js'
import type { Cause } from './errors/cause.js'

/** What every handler finds in `ctx.state`. */
export interface State {
  requestId: string
  /** The client's address, as far as trusted proxies tell it. */
  address: string | null
  /** The host that the browser asked for, if a trusted proxy says so (X-Forwarded-Host). */
  forwardedHost?: string
  /** The signed-in person and their session; absent for everybody else. */
  user?: ActiveSession['user']
  session?: ActiveSession
  /** The handle that the next session of this request gets: one that has a row. */
  nextHandle?: SessionHandle
  /** Who this request turned out to be, for the log: also at the very sign-in. */
  userId?: string
  /** What this request does ends the session that it came with. */
  endsSession?: boolean
  /** The session of this request, where something during the request has ended it. */
  endedSession?: ActiveSession
  /** The provider that this route is about. */
  provider?: string
  /** What that provider answered, wherever in the request it stood. */
  answer?: URLSearchParams
  /** For the request log: the code and the cause of a refusal. */
  error?: { code: string; cause?: Cause }
}

/** What every handler finds on `ctx` itself. */
export interface AppContext extends DefaultContext {
  /**
   * The API of a provider in the name of the signed-in person, or with a token of your own.
   * @throws WebRefusal sign_in_required where nobody is signed in
   */
  provider(name: string, options?: ClientOptions): ProviderClient
}

export type Context = ParameterizedContext<State, AppContext>
export type Middleware = KoaMiddleware<State, AppContext>
export type Handler = RouterMiddleware<State, AppContext>
export type RouteContext = RouterContext<State, AppContext>
