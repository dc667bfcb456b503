import type { AccountError, Retry } from '../../accounts/errors.js'
import type { Context } from '../context.js'
import type { WebDeps } from '../deps.js'
import type { ErrorCode, ErrorPage } from './error-pages.js'
import type { Action } from './http-error.js'

/** The same account would be refused again, however often it signs in. */
const REJECTED_ACCOUNT_CODES: ReadonlySet<string> = new Set(['not_admitted', 'account_disabled', 'refused_by_app'])

/** The buttons of an error page, and the links below them; none leads to the same refusal again. */
export function errorActions(
  deps: WebDeps,
  ctx: Context,
  code: ErrorCode,
  action: ErrorPage['action'],
  error: AccountError | undefined,
): Action[] {
  if (error?.linkOptions) return [...linkActions(deps, error), ...asLink(switchAccountActions(deps, ctx, error))]
  if (code === 'link_conflict' && error) return linkConflictActions(deps, error)
  if (error?.isLinking) return [accountAction(deps)]
  if (REJECTED_ACCOUNT_CODES.has(code))
    return [...switchAccountActions(deps, ctx, error), ...otherProviderActions(deps, error)]
  if (code === 'provider_busy' && ctx.state.answer)
    return [RELOAD_ACTION, ...asLink([signInAgainAction(deps, ctx, error)])]
  if (action === 'retry') return [signInAgainAction(deps, ctx, error)]
  if (action === 'later')
    return [...otherProviderActions(deps, error).map(asButton), ...asLink([signInAgainAction(deps, ctx, error)])]
  return [action === 'account' ? accountAction(deps) : { label: 'Go to the home page', href: deps.links.home }]
}

/** The attempt of this callback is still good. An empty reference is the page itself, whose query need not stand in it. */
const RELOAD_ACTION: Action = { label: 'Reload', href: '' }

const accountAction = ({ links }: WebDeps): Action => ({ label: 'Go to your account', href: links.account })

/** The ways into the account that is there already; the new identity is joined to it after that. */
const linkActions = ({ links, providerLabels }: WebDeps, { linkOptions: join, retry }: AccountError): Action[] =>
  (join?.providers ?? []).map(name => ({
    label: `Sign in with ${providerLabels.get(name) ?? name}`,
    href: links.loginWith(name, retry?.returnTo, join?.token),
  }))

/** At the same provider, which is asked to let the person choose. */
function switchAccountActions(deps: WebDeps, ctx: Context, error: AccountError | undefined): Action[] {
  const { links } = deps
  const { provider, returnTo } = retryTarget(deps, ctx, error)
  return [
    { label: 'Use another account', href: provider ? links.switchAccount(provider, returnTo) : links.login(returnTo) },
  ]
}

/** A page whose request has ended the session is where the person wants to be again. */
function retryTarget({ returnPaths, strays }: WebDeps, ctx: Context, error: AccountError | undefined): Partial<Retry> {
  const { endedSession, provider } = ctx.state
  if (error?.retry) return error.retry
  const returnTo =
    endedSession && ctx.method === 'GET' ? returnPaths.read(ctx.originalUrl) : strays.startOf(ctx)?.returnTo
  const name = endedSession?.provider ?? provider
  return { ...(name !== undefined && { provider: name }), ...(returnTo && { returnTo: returnTo }) }
}

const asLink = (actions: readonly Action[]): Action[] => actions.map(action => ({ ...action, plain: true }))

const asButton = ({ label, href }: Action): Action => ({ label, href })

const otherProviderActions = ({ links, providerLabels }: WebDeps, error: AccountError | undefined): Action[] =>
  providerLabels.size > 1
    ? [{ label: 'Choose another way to sign in', href: links.login(error?.retry?.returnTo), plain: true }]
    : []

/** Their account page then offers to connect this provider once more, and lets them choose an account there. */
function linkConflictActions(deps: WebDeps, { retry }: AccountError): Action[] {
  const label = retry && deps.providerLabels.get(retry.provider)
  const another = label && {
    label: `Connect another ${label} account`,
    href: deps.links.accountToLink(retry.provider),
  }
  return [accountAction(deps), ...(another ? [{ ...another, plain: true as const }] : [])]
}

function signInAgainAction(deps: WebDeps, ctx: Context, error: AccountError | undefined): Action {
  const { links } = deps
  const { provider, returnTo } = retryTarget(deps, ctx, error)
  return { label: 'Sign in again', href: provider ? links.loginWith(provider, returnTo) : links.login(returnTo) }
}
