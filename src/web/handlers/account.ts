import type { ActiveSession } from '../../accounts/accounts.js'
import { isId } from '../../crypto/random.js'
import type { Handler, RouteContext } from '../context.js'
import type { WebDeps } from '../deps.js'
import { describeCause } from '../errors/cause.js'
import { HttpError } from '../errors/http-error.js'
import { readForm } from '../form.js'
import { checkRateLimit } from '../guards/rate-limit.js'
import { destroySession } from '../middleware/session.js'
import { presentAccount } from '../present/account.js'
import { isConfirmationText } from '../present/delete-confirmation.js'
import { callerOf, clientInfo, wantsJson } from '../request-info.js'

/** The user's connections, their sessions, and what happened to the account. */
export const account =
  (deps: WebDeps): Handler =>
  async ctx => {
    if (ctx.state.session) await showAccount(deps, ctx, ctx.state.session)
  }

/** @param isWrongConfirmation the user typed a wrong text into the form that deletes the account */
async function showAccount(
  deps: WebDeps,
  ctx: RouteContext,
  session: ActiveSession,
  isWrongConfirmation = false,
): Promise<void> {
  const { accounts, respond, providers, now } = deps
  const nameToLink = String(ctx.query.connect ?? '')
  const page = presentAccount(await accounts.loadAccountPage(session), session.user, providers, now())
  await respond.page(ctx, 'account', {
    ...page,
    providerToLink: page.providers.find(({ name }) => name === nameToLink) ?? null,
    isWrongConfirmation,
  })
}

/** Redirects to the provider. Where the sign-in of this session is older than ten minutes, the user signs in again first. */
export const linkProvider =
  (deps: WebDeps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    const { accounts, cookies, links, respond, returnPaths } = deps
    const { name, label } = requireProvider(deps, ctx.params.provider)
    if (!accounts.isRecentSignIn(session)) return requireRecentSignIn(deps, ctx, session.provider, name)
    checkRateLimit(deps, ctx, 'start')
    const returnTo = returnPaths.orHome(links.account)
    const asAnother = (await readForm(ctx)).switch === '1'
    const start = accounts.startLinking(session, name, returnTo, callerOf(cookies, ctx), { asAnother })
    const { authorizationUrl, attempt } = await start
    await respond.showRedirectPage(ctx, { url: authorizationUrl, label, attempt })
  }

export const unlinkConnection =
  ({ accounts, links, respond }: WebDeps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    const id = requireRowId(ctx, NO_CONNECTION_TEXTS)
    ctx.state.endsSession = id === session.identityId
    const { label, signedOut } = await accounts.unlinkIdentity(session, id, clientInfo(ctx))
    if (signedOut) destroySession(ctx)
    respond.redirect(ctx, signedOut ? links.signedOut : links.account, `Disconnected ${label}.`)
  }

export const endOneSession =
  ({ accounts, links, respond }: WebDeps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    const id = requireRowId(ctx, NO_SESSION_TEXTS)
    const signedOut = id === session.id
    ctx.state.endsSession = signedOut
    if (!(await accounts.endSession(session, id, clientInfo(ctx)))) {
      throw new HttpError('not_found', 'The user has no such session', { ...NO_SESSION_TEXTS, action: 'account' })
    }
    if (signedOut) destroySession(ctx)
    respond.redirect(ctx, signedOut ? links.signedOut : links.account, 'That session has ended.')
  }

export const signOutElsewhere =
  ({ accounts, links, respond }: WebDeps): Handler =>
  async ctx => {
    if (!ctx.state.session) return
    await accounts.endOtherSessions(ctx.state.session, clientInfo(ctx))
    respond.redirect(ctx, links.account, 'All other sessions have ended.')
  }

/** Only where the user typed the text of the page: this cannot be undone, and a click alone happens too easily. */
export const deleteOwnAccount =
  (deps: WebDeps): Handler =>
  async ctx => {
    const { accounts, links, respond } = deps
    const { session } = ctx.state
    if (!session) return
    if (!isConfirmationText(session.user, (await readForm(ctx)).confirm)) {
      return rejectConfirmation(deps, ctx, session)
    }
    ctx.state.endsSession = true
    await accounts.deleteAccount(session)
    destroySession(ctx)
    respond.redirect(ctx, links.signedOut, 'Your account is deleted.')
  }

/** The user gets the form again, with a note at the field. */
async function rejectConfirmation(deps: WebDeps, ctx: RouteContext, session: ActiveSession): Promise<void> {
  const error = new HttpError('request_malformed', 'The user typed another text than the page asked for', {
    text: WRONG_CONFIRMATION_TEXT,
  })
  if (wantsJson(deps.links, ctx)) throw error
  await showAccount(deps, ctx, session, true)
  ctx.state.error = { code: error.code, cause: describeCause(error, false, undefined) }
  ctx.status = 400
}

const NO_SESSION_TEXTS = {
  heading: 'There is no such session',
  text: 'It has ended already, or it is not yours. Nothing was changed.',
}
const NO_PROVIDER_TEXTS = {
  heading: 'That way to sign in is gone',
  text: 'It is not offered here any more. Nothing was changed.',
}
const NO_CONNECTION_TEXTS = {
  heading: 'That connection is gone',
  text: 'It was disconnected already, or it is not yours. Nothing was changed.',
}
const WRONG_CONFIRMATION_TEXT =
  'What you typed is not what the page asked for, so your account is still there. Nothing was changed.'

/** No row has another kind of id, and a database may reject it as a value. */
function requireRowId({ params: { id = '' } }: RouteContext, texts: { heading: string; text: string }): string {
  if (isId(id)) return id
  throw new HttpError('not_found', 'The id in the path has another format', { ...texts, action: 'account' })
}

function requireProvider({ providers }: WebDeps, name = ''): { name: string; label: string } {
  const label = providers.get(name)?.label
  if (label === undefined) {
    throw new HttpError('not_found', 'PROVIDERS does not name this provider', {
      ...NO_PROVIDER_TEXTS,
      action: 'account',
    })
  }
  return { name, label }
}

/** After the sign-in the account page offers to connect the provider, because a callback cannot post the form again. */
function requireRecentSignIn(
  deps: WebDeps,
  ctx: RouteContext,
  provider: string,
  providerToLink: string,
): Promise<void> {
  const { links, providers, respond, returnPaths } = deps
  const returnTo = returnPaths.orHome(links.accountToLink(providerToLink))
  const label = providers.get(provider)?.label
  const url = label ? links.loginWith(provider, returnTo) : links.login(returnTo)
  const note = 'Please sign in once more, then connect.'
  return respond.showRedirectPage(ctx, { url, label: label ?? 'the sign-in', note })
}
