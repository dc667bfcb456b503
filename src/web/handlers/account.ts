import type { LiveSession } from '../../accounts/live-session.js'
import { isId } from '../../crypto/random.js'
import { callerOf, thisBrowser } from '../browser.js'
import { describeCause } from '../cause.js'
import type { Handler, RouteContext } from '../context.js'
import type { Deps } from '../deps.js'
import { wantsJson } from '../errors.js'
import { readForm } from '../form.js'
import { refuseFlood } from '../guards/rate-limit.js'
import { presentAccount } from '../present/account.js'
import { isLeavingWord } from '../present/leaving.js'
import { endSession } from '../session.js'
import { WebRefusal } from '../web-refusal.js'

/** What a person can sign in with, where they are signed in, and what happened. */
export const account =
  (deps: Deps): Handler =>
  async ctx => {
    if (ctx.state.session) await showAccount(deps, ctx, ctx.state.session)
  }

/** @param wrongWord the person typed a wrong word into the form that deletes the account */
async function showAccount(deps: Deps, ctx: RouteContext, session: LiveSession, wrongWord = false): Promise<void> {
  const { accounts, respond, providerLabels, now } = deps
  const wanted = String(ctx.query.connect ?? '')
  const page = presentAccount(await accounts.loadAccount(session), session.user, providerLabels, now())
  await respond.page(ctx, 'account', {
    ...page,
    wanted: page.providers.find(({ name }) => name === wanted) ?? null,
    wrongWord,
  })
}

/** Off to another provider; after a fresh sign-in, where the one that is there is older than ten minutes. */
export const connect =
  (deps: Deps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    const { accounts, cookies, links, respond, returnPaths } = deps
    const { name, label } = providerOf(deps, ctx.params.provider)
    if (!accounts.isFresh(session)) return signInOnceMore(deps, ctx, session.provider, name)
    refuseFlood(deps, ctx, 'start')
    const returnTo = returnPaths.orHome(links.account)
    const asAnother = (await readForm(ctx)).switch === '1'
    const start = accounts.startConnecting(session, name, returnTo, callerOf(cookies, ctx), { asAnother })
    const { authorizationUrl, attempt } = await start
    await respond.depart(ctx, authorizationUrl, label, attempt)
  }

export const disconnect =
  ({ accounts, links, respond }: Deps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    const id = rowIdOf(ctx, NO_CONNECTION)
    ctx.state.endsSession = id === session.identityId
    const { label, signedOut } = await accounts.disconnect(session, id, thisBrowser(ctx))
    if (signedOut) endSession(ctx)
    respond.redirect(ctx, signedOut ? links.signedOut : links.account, `Disconnected ${label}.`)
  }

export const endOneSession =
  ({ accounts, links, respond }: Deps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    const id = rowIdOf(ctx, NO_SESSION)
    const signedOut = id === session.id
    ctx.state.endsSession = signedOut
    if (!(await accounts.endSession(session, id, thisBrowser(ctx)))) {
      throw new WebRefusal('not_found', 'They have no such session', { ...NO_SESSION, next: 'account' })
    }
    if (signedOut) endSession(ctx)
    respond.redirect(ctx, signedOut ? links.signedOut : links.account, 'That session has ended.')
  }

export const endOtherSessions =
  ({ accounts, links, respond }: Deps): Handler =>
  async ctx => {
    if (!ctx.state.session) return
    await accounts.endOtherSessions(ctx.state.session, thisBrowser(ctx))
    respond.redirect(ctx, links.account, 'All other sessions have ended.')
  }

/** Only where the person typed what they go by: a click alone is too little for what nobody can undo. */
export const deleteAccount =
  (deps: Deps): Handler =>
  async ctx => {
    const { accounts, links, respond } = deps
    const { session } = ctx.state
    if (!session) return
    if (!isLeavingWord(session.user, (await readForm(ctx)).confirm)) {
      return refuseWord(deps, ctx, session)
    }
    ctx.state.endsSession = true
    await accounts.leave(session)
    endSession(ctx)
    respond.redirect(ctx, links.signedOut, 'Your account is deleted.')
  }

/** A person gets the form again, with a note at the field. */
async function refuseWord(deps: Deps, ctx: RouteContext, session: LiveSession): Promise<void> {
  const refusal = new WebRefusal('request_malformed', 'The word typed is not theirs', { text: WRONG_WORD })
  if (wantsJson(deps, ctx)) throw refusal
  await showAccount(deps, ctx, session, true)
  ctx.state.refusal = { code: refusal.code, cause: describeCause(refusal, false, undefined) }
  ctx.status = 400
}

const NO_SESSION = {
  heading: 'There is no such session',
  text: 'It has ended already, or it is not yours. Nothing was changed.',
}
const NO_PROVIDER = {
  heading: 'That way to sign in is gone',
  text: 'It is not offered here any more. Nothing was changed.',
}
const NO_CONNECTION = {
  heading: 'That connection is gone',
  text: 'It was disconnected already, or it is not yours. Nothing was changed.',
}
const WRONG_WORD = 'What you typed is not what the page asked for, so your account is still there. Nothing was changed.'

/** Anything else is the id of no row, and not for a database that may not know what to make of it. */
function rowIdOf({ params: { id = '' } }: RouteContext, words: { heading: string; text: string }): string {
  if (isId(id)) return id
  throw new WebRefusal('not_found', 'That is not the id of a row', { ...words, next: 'account' })
}

function providerOf({ providerLabels }: Deps, name = ''): { name: string; label: string } {
  const label = providerLabels.get(name)
  if (label === undefined) {
    throw new WebRefusal('not_found', 'PROVIDERS names no such provider', { ...NO_PROVIDER, next: 'account' })
  }
  return { name, label }
}

/** Back at the account, the page offers to connect what was wanted: a callback cannot post the form again. */
function signInOnceMore(deps: Deps, ctx: RouteContext, provider: string, wanted: string): Promise<void> {
  const { links, providerLabels, respond, returnPaths } = deps
  const returnTo = returnPaths.orHome(links.accountConnecting(wanted))
  const label = providerLabels.get(provider)
  const url = label ? links.loginWith(provider, returnTo) : links.login(returnTo)
  return respond.depart(ctx, url, label ?? 'the sign-in', undefined, 'Please sign in once more, then connect.')
}
