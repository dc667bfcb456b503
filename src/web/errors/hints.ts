import type { AccountError, FailedExchange } from '../../accounts/errors.js'
import { settingName } from '../../accounts/errors.js'
import type { Context } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HINTS_BY_CAUSE } from './cause-hints.js'
import type { ErrorCode, MissingAttemptReason } from './error-pages.js'
import type { Hint, HintFacts } from './hint-facts.js'
import { stepHint } from './step-hints.js'

/** A browser that sends no cookie at all keeps none of ours; one that came under another name of ours cannot send it. */
export function missingAttemptReason({ strays }: WebDeps, ctx: Context, refusal?: AccountError): MissingAttemptReason {
  if (strays.originOf(ctx)) return 'changed_host'
  if (refusal?.missingBecause) return refusal.missingBecause
  return ctx.headers.cookie ? 'other_browser' : 'no_cookies'
}

interface FailureToExplain {
  code: ErrorCode
  failure: FailedExchange
  /** The name of the provider, where one is known. */
  provider: string | undefined
}

/** For the operator: what to do about a refusal, with the names of the settings; null where there is nothing to do. */
export function operatorHint(
  deps: WebDeps,
  ctx: Context,
  { code, failure, provider }: FailureToExplain,
): string | null {
  if (code === 'attempt_missing') return hostMismatchHint(deps, ctx)
  const byCode = HINTS_BY_CODE[code]
  if (byCode) return byCode
  if (provider === undefined) return null
  const facts = hintFacts(deps, provider, code, failure)
  const byCause: Hint | undefined = failure.hint && HINTS_BY_CAUSE[failure.hint]
  return byCause ? byCause(facts) : stepHint(facts)
}

function hintFacts(deps: WebDeps, provider: string, code: ErrorCode, failure: FailedExchange): HintFacts {
  return {
    ...{ code, failure },
    protocol: deps.protocols.get(provider) ?? 'oauth2',
    setting: suffix => settingName(provider, suffix),
    callbackUrl: deps.publicUrl + deps.links.callback(deps.callbackPaths.get(provider) ?? ''),
  }
}

function hostMismatchHint({ strays, publicUrl }: WebDeps, ctx: Context): string | null {
  const origin = strays.originOf(ctx)
  if (!origin) return null
  return `You opened ${origin}, but PUBLIC_URL is ${publicUrl}; cookies of one are not sent to the other. Open ${publicUrl}, or change PUBLIC_URL.`
}

/** What is not about an exchange with a provider. */
const HINTS_BY_CODE: Partial<Record<ErrorCode, string>> = {
  not_admitted: 'ALLOWED_USERS says who may sign in. Add a rule for this account, or mend what is missing.',
  store_unavailable: 'DATABASE_URL names the database.',
}
