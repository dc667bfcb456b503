import type { Refusal, Retry } from '../accounts/refusal.js'
import type { Context } from './context.js'
import type { Deps } from './deps.js'
import type { Problem, ProblemCode } from './problems.js'
import type { Action } from './web-refusal.js'

/** The same account would be refused again, however often it signs in. */
const REFUSED_ACCOUNTS: ReadonlySet<string> = new Set(['not_admitted', 'account_disabled', 'refused_by_app'])

/** The buttons of an error page, and the links below them; none leads to the same refusal again. */
export function actionsOf(
  deps: Deps,
  ctx: Context,
  code: ProblemCode,
  next: Problem['next'],
  refusal: Refusal | undefined,
): Action[] {
  if (refusal?.join) return [...signInsFirst(deps, refusal), ...asLink(anotherAccount(deps, ctx, refusal))]
  if (code === 'link_conflict' && refusal) return otherConnection(deps, refusal)
  if (refusal?.connecting) return [toAccount(deps)]
  if (REFUSED_ACCOUNTS.has(code)) return [...anotherAccount(deps, ctx, refusal), ...otherProviders(deps, refusal)]
  if (code === 'provider_busy' && ctx.state.answer) return [RELOAD, ...asLink([newSignIn(deps, ctx, refusal)])]
  if (next === 'retry') return [newSignIn(deps, ctx, refusal)]
  if (next === 'later')
    return [...otherProviders(deps, refusal).map(asButton), ...asLink([newSignIn(deps, ctx, refusal)])]
  return [next === 'account' ? toAccount(deps) : { label: 'Go to the home page', href: deps.links.home }]
}

/** The attempt of this callback is still good. An empty reference is the page itself, whose query need not stand in it. */
const RELOAD: Action = { label: 'Reload', href: '' }

const toAccount = ({ links }: Deps): Action => ({ label: 'Go to your account', href: links.account })

/** The ways into the account that is there already; the new identity is joined to it after that. */
const signInsFirst = ({ links, providerLabels }: Deps, { join, retry }: Refusal): Action[] =>
  (join?.providers ?? []).map(name => ({
    label: `Sign in with ${providerLabels.get(name) ?? name}`,
    href: links.loginWith(name, retry?.returnTo, join?.ticket),
  }))

/** At the same provider, which is asked to let the person choose. */
function anotherAccount(deps: Deps, ctx: Context, refusal: Refusal | undefined): Action[] {
  const { links } = deps
  const { provider, returnTo } = retryOf(deps, ctx, refusal)
  return [{ label: 'Use another account', href: provider ? links.switch(provider, returnTo) : links.login(returnTo) }]
}

/** A page whose request has ended the session is where the person wants to be again. */
function retryOf({ returnPaths, strays }: Deps, ctx: Context, refusal: Refusal | undefined): Partial<Retry> {
  const { endedSession, provider } = ctx.state
  if (refusal?.retry) return refusal.retry
  const wanted =
    endedSession && ctx.method === 'GET' ? returnPaths.read(ctx.originalUrl) : strays.startOf(ctx)?.returnTo
  const name = endedSession?.provider ?? provider
  return { ...(name !== undefined && { provider: name }), ...(wanted && { returnTo: wanted }) }
}

const asLink = (actions: readonly Action[]): Action[] => actions.map(action => ({ ...action, plain: true }))

const asButton = ({ label, href }: Action): Action => ({ label, href })

const otherProviders = ({ links, providerLabels }: Deps, refusal: Refusal | undefined): Action[] =>
  providerLabels.size > 1
    ? [{ label: 'Choose another way to sign in', href: links.login(refusal?.retry?.returnTo), plain: true }]
    : []

/** Their account page then offers to connect this provider once more, and lets them choose an account there. */
function otherConnection(deps: Deps, { retry }: Refusal): Action[] {
  const label = retry && deps.providerLabels.get(retry.provider)
  const another = label && {
    label: `Connect another ${label} account`,
    href: deps.links.accountConnecting(retry.provider),
  }
  return [toAccount(deps), ...(another ? [{ ...another, plain: true as const }] : [])]
}

function newSignIn(deps: Deps, ctx: Context, refusal: Refusal | undefined): Action {
  const { links } = deps
  const { provider, returnTo } = retryOf(deps, ctx, refusal)
  return { label: 'Sign in again', href: provider ? links.loginWith(provider, returnTo) : links.login(returnTo) }
}
