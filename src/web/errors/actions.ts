import type { AccountError, Retry } from '../../accounts/errors.js'
import type { Context } from '../context.js'
import type { WebDeps } from '../deps.js'
import type { ErrorCode, ErrorPage } from './error-pages.js'
import type { Action } from './http-error.js'

/** The same account would be rejected again, however often it signs in. */
const REJECTED_ACCOUNT_CODES: ReadonlySet<string> = new Set(['not_admitted', 'account_disabled', 'refused_by_app'])

/** The buttons of an error page, and the links below them. None of them leads to the same error again. */
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
  if (code === 'provider_busy' && error?.attemptId)
    return [RELOAD_ACTION, ...asLink([signInAgainAction(deps, ctx, error)])]
  if (action === 'retry') return [signInAgainAction(deps, ctx, error)]
  if (action === 'later')
    return [...otherProviderActions(deps, error).map(asButton), ...asLink([signInAgainAction(deps, ctx, error)])]
  return [action === 'account' ? accountAction(deps) : { label: 'Go to the home page', href: deps.links.home }]
}

/** The attempt of this callback is still good. An empty reference is the page itself, without writing its query into the page. */
const RELOAD_ACTION: Action = { label: 'Reload', href: '' }

const accountAction = ({ links }: WebDeps): Action => ({ label: 'Go to your account', href: links.account })

/** The ways to sign in to the existing account; the new identity is linked to it after that. */
const linkActions = ({ links, providers }: WebDeps, { linkOptions, retry }: AccountError): Action[] =>
  (linkOptions?.providers ?? []).map(name => ({
    label: `Sign in with ${providers.get(name)?.label ?? name}`,
    href: links.loginWith(name, retry?.returnTo, linkOptions?.token),
  }))

/** At the same provider, which is asked to let the user choose. */
function switchAccountActions(deps: WebDeps, ctx: Context, error: AccountError | undefined): Action[] {
  const { links } = deps
  const { provider, returnTo } = retryTarget(deps, ctx, error)
  return [
    { label: 'Use another account', href: provider ? links.switchAccount(provider, returnTo) : links.login(returnTo) },
  ]
}

function retryTarget(deps: WebDeps, ctx: Context, error: AccountError | undefined): Partial<Retry> {
  const { endedSession, provider } = ctx.state
  if (error?.retry) return error.retry
  const name = endedSession?.provider ?? provider
  // The user wants to return to the page whose request has ended their session.
  const returnTo =
    endedSession && ctx.method === 'GET'
      ? deps.returnPaths.read(ctx.originalUrl)
      : deps.hostMismatches.find(error?.attemptId)?.returnTo
  return { ...(name !== undefined && { provider: name }), ...(returnTo && { returnTo }) }
}

const asLink = (actions: readonly Action[]): Action[] => actions.map(action => ({ ...action, plain: true }))

const asButton = ({ label, href }: Action): Action => ({ label, href })

const otherProviderActions = ({ links, providers }: WebDeps, error: AccountError | undefined): Action[] =>
  providers.size > 1
    ? [{ label: 'Choose another way to sign in', href: links.login(error?.retry?.returnTo), plain: true }]
    : []

/** The account page then offers to connect this provider again, and the user can choose another account there. */
function linkConflictActions(deps: WebDeps, { retry }: AccountError): Action[] {
  const label = retry && deps.providers.get(retry.provider)?.label
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
