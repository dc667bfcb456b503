import type { Failure, Refusal } from '../accounts/refusal.js'
import { settingName } from '../accounts/setting-name.js'
import { CAUSE_HINTS } from './cause-hints.js'
import type { Context } from './context.js'
import type { Deps } from './deps.js'
import type { Hint, HintFacts } from './hint-facts.js'
import type { MissingBecause, ProblemCode } from './problems.js'
import { stepHint } from './step-hints.js'

/** A browser that sends no cookie at all keeps none of ours; one that came under another name of ours cannot send it. */
export function whyAttemptIsMissing({ strays }: Deps, ctx: Context, refusal?: Refusal): MissingBecause {
  if (strays.openedAt(ctx)) return 'changed_host'
  if (refusal?.missingBecause) return refusal.missingBecause
  return ctx.headers.cookie ? 'other_browser' : 'no_cookies'
}

interface Refused {
  code: ProblemCode
  failure: Failure
  /** The name of the provider, where one is known. */
  provider: string | undefined
}

/** For the operator: what to do about a refusal, with the names of the settings; null where there is nothing to do. */
export function operatorHint(deps: Deps, ctx: Context, { code, failure, provider }: Refused): string | null {
  if (code === 'attempt_missing') return changedHost(deps, ctx)
  const byCode = CODE_HINTS[code]
  if (byCode) return byCode
  if (provider === undefined) return null
  const facts = factsOf(deps, provider, code, failure)
  const byCause: Hint | undefined = failure.hint && CAUSE_HINTS[failure.hint]
  return byCause ? byCause(facts) : stepHint(facts)
}

function factsOf(deps: Deps, provider: string, code: ProblemCode, failure: Failure): HintFacts {
  return {
    ...{ code, failure },
    protocol: deps.protocols.get(provider) ?? 'oauth2',
    setting: suffix => settingName(provider, suffix),
    callbackUrl: deps.publicUrl + deps.links.callback(deps.callbackPaths.get(provider) ?? ''),
  }
}

function changedHost({ strays, publicUrl }: Deps, ctx: Context): string | null {
  const opened = strays.openedAt(ctx)
  if (!opened) return null
  return `You opened ${opened}, but PUBLIC_URL is ${publicUrl}; cookies of one are not sent to the other. Open ${publicUrl}, or change PUBLIC_URL.`
}

/** What is not about an exchange with a provider. */
const CODE_HINTS: Partial<Record<ProblemCode, string>> = {
  not_admitted: 'ALLOWED_USERS says who may sign in. Add a rule for this account, or mend what is missing.',
  store_unavailable: 'DATABASE_URL names the database.',
}
