import type Router from '@koa/router'
import type { Context } from 'koa'
import type { Client } from './clients.js'
import type { NewUserForm, Pages, ProtocolLink } from './pages.js'
import { type RequestParams, readFormParams, readParams } from './params.js'
import {
  describeUserChoice,
  type FaultGroup,
  type FaultOption,
  InvalidNewUser,
  readChosenFault,
  readChosenUser,
  rememberFault,
} from './user-choice.js'
import type { TestUser } from './users.js'

/** What is different on the authorize page of each protocol. */
export interface AuthorizePage<Request extends AuthorizeRequest, Fault extends FaultOption> {
  path: string
  faultGroups: readonly FaultGroup<Fault>[]
  /** The names of the parameters that the form sends on. */
  carried: readonly string[]
  /** Reads the request from the URL, or from the form of our own page: neither is trusted. */
  readRequest(params: RequestParams): Request
  /** Redirects to the app, with the response that the fault changes. */
  redirect(ctx: Context, request: Request, user: TestUser, fault: Fault | undefined): void
}

interface AuthorizeRequest {
  client: Client
  /** OAuth 1.0a has no scopes. */
  scope?: readonly string[]
}

/** GET shows the page where the user is chosen, and the fault; POST redirects to the app. */
export function mountAuthorizePage<Request extends AuthorizeRequest, Fault extends FaultOption>(
  router: Router,
  { protocols, pages }: { protocols: readonly ProtocolLink[]; pages: Pages },
  { path, faultGroups, carried, readRequest, redirect }: AuthorizePage<Request, Fault>,
): void {
  const faults = faultGroups.flatMap(group => group.faults)

  function showPage(ctx: Context, params: RequestParams, problem?: NewUserForm['problem']): void {
    const { client, scope = [] } = readRequest(params)
    const options = { client: client.name, scopes: scope, action: path, faultGroups, protocols }
    pages.choose(ctx, describeUserChoice(ctx, options, { params, carried, problem }))
  }

  router.get(path, ctx => showPage(ctx, readParams(ctx.querystring)))

  router.post(path, async ctx => {
    const params = await readFormParams(ctx)
    try {
      const request = readRequest(params)
      const user = readChosenUser(params)
      const fault = readChosenFault(params, faults)
      rememberFault(ctx, fault, user)
      redirect(ctx, request, user, fault)
    } catch (error) {
      if (!(error instanceof InvalidNewUser)) throw error
      ctx.status = 400
      showPage(ctx, params, error.problem)
    }
  })
}
