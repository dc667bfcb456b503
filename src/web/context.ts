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
  /** The signed-in user and their session; absent where the request has no session. */
  user?: ActiveSession['user']
  session?: ActiveSession
  /** The handle of the session that this request creates. Its row exists already. */
  nextHandle?: SessionHandle
  /** The user of this request, for the log. Set at the sign-in itself too. */
  userId?: string
  /** This request ends the session that it came with. */
  endsSession?: boolean
  /** The session of this request, where something during the request has ended it. */
  endedSession?: ActiveSession
  /** The provider that this route is about. */
  provider?: string
  /** For the request log: the code and the cause of the error. */
  error?: { code: string; cause?: Cause }
}

/** What every handler finds on `ctx` itself. */
export interface AppContext extends DefaultContext {
  /**
   * The API of a provider with the connection of the signed-in user, or with a token of your own.
   * @throws HttpError sign_in_required where no user is signed in
   */
  provider(name: string, options?: ClientOptions): ProviderClient
}

export type Context = ParameterizedContext<State, AppContext>
export type Middleware = KoaMiddleware<State, AppContext>
export type Handler = RouterMiddleware<State, AppContext>
export type RouteContext = RouterContext<State, AppContext>
