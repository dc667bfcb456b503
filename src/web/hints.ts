import type { Context } from './context.js'
import type { Deps } from './deps.js'
import type { MissingBecause, ProblemCode } from './problems.js'

/** A browser that sends no cookie at all keeps none of ours; one that came under another name of ours cannot send it. */
export function whyAttemptIsMissing({ strays }: Deps, ctx: Context): MissingBecause {
  if (strays.openedAt(ctx)) return 'changed_host'
  return ctx.headers.cookie ? 'other_browser' : 'no_cookies'
}

/** For the operator, in local: the setting that most likely brings this about, and what to do with it. */
export function operatorHint({ strays, publicUrl }: Deps, ctx: Context, code: ProblemCode, provider = '<NAME>') {
  const setting = (suffix: string) => `${provider.toUpperCase().replaceAll('-', '_')}_${suffix}`
  const endpoints = `${setting('TOKEN_URL')} and ${setting('USER_URL')}`
  switch (code) {
    case 'attempt_missing': {
      const opened = strays.openedAt(ctx)
      if (!opened) return null
      return `You opened ${opened}, but PUBLIC_URL is ${publicUrl}; cookies of one are not sent to the other. Open ${publicUrl}, or change PUBLIC_URL.`
    }
    case 'not_admitted':
      return 'ALLOWED_USERS says who may enter; the log names the account that was refused. Add a rule for it.'
    case 'issuer_mismatch':
      return `The issuer belongs to the authorization server: look whether ${setting('AUTHORIZE_URL')} is the one you mean.`
    case 'provider_error':
      return `The log says what was answered. Most often ${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} is not what the provider has registered.`
    case 'provider_malformed':
      return `The log says what came back. Look whether ${endpoints} are the API's addresses and not those of a web page.`
    case 'provider_unreachable':
    case 'provider_slow':
      return `Look whether ${endpoints} can be reached from this machine.`
    case 'store_unavailable':
      return 'DATABASE_URL names the database; the log says what it answered.'
    default:
      return null
  }
}
