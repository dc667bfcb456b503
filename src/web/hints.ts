import type { Protocol } from '../config/types.js'
import type { Context } from './context.js'
import type { Deps } from './deps.js'
import type { MissingBecause, ProblemCode } from './problems.js'

/** A browser that sends no cookie at all keeps none of ours; one that came under another name of ours cannot send it. */
export function whyAttemptIsMissing({ strays }: Deps, ctx: Context): MissingBecause {
  if (strays.openedAt(ctx)) return 'changed_host'
  return ctx.headers.cookie ? 'other_browser' : 'no_cookies'
}

/** For the operator, in local: the settings that most likely bring this about, and what to do with them. */
export function operatorHint(deps: Deps, ctx: Context, code: ProblemCode, provider = '<NAME>'): string | null {
  if (code === 'attempt_missing') return changedHost(deps, ctx)
  const setting: Setting = suffix => `${provider.toUpperCase().replaceAll('-', '_')}_${suffix}`
  return HINTS[code]?.(setting, deps.protocols.get(provider) ?? 'oauth2') ?? null
}

function changedHost({ strays, publicUrl }: Deps, ctx: Context): string | null {
  const opened = strays.openedAt(ctx)
  if (!opened) return null
  return `You opened ${opened}, but PUBLIC_URL is ${publicUrl}; cookies of one are not sent to the other. Open ${publicUrl}, or change PUBLIC_URL.`
}

/** What a setting of the provider is called. */
type Setting = (suffix: string) => string
type Hint = (setting: Setting, protocol: Protocol) => string

const REACHABLE: Hint = (setting, protocol) =>
  `Look whether ${ADDRESSES[protocol](setting)} can be reached from this machine.`

const HINTS: Partial<Record<ProblemCode, Hint>> = {
  not_admitted: () =>
    'ALLOWED_USERS says who may enter; the log names the account that was refused. Add a rule for it.',
  issuer_mismatch: (setting, protocol) =>
    `The issuer belongs to the authorization server: look whether ${setting(protocol === 'oidc' ? 'ISSUER' : 'AUTHORIZE_URL')} is the one you mean.`,
  provider_error: (setting, protocol) => `The log says what was answered. Most often ${PROOFS[protocol](setting)}.`,
  provider_malformed: (setting, protocol) =>
    `The log says what came back. Look whether ${ADDRESSES[protocol](setting)} are the API's addresses and not those of a web page.`,
  id_token_invalid: setting =>
    `The log says what did not hold. Look at ${setting('ISSUER')}, which counts to the letter, at ${setting('ID_TOKEN_ALG')} if it is set, and at the clock of this machine.`,
  subject_mismatch: (setting, protocol) =>
    `Look whether ${setting('USER_URL')} and ${setting(protocol === 'oidc' ? 'ISSUER' : 'TOKEN_URL')} belong to one provider.`,
  provider_unreachable: REACHABLE,
  provider_slow: REACHABLE,
  store_unavailable: () => 'DATABASE_URL names the database; the log says what it answered.',
}

/** Where our calls go to. */
const ADDRESSES: Record<Protocol, (setting: Setting) => string> = {
  oauth2: setting => `${setting('TOKEN_URL')} and ${setting('USER_URL')}`,
  oidc: setting =>
    `${setting('ISSUER')}, and ${setting('DISCOVERY_URL')}, ${setting('TOKEN_URL')}, ${setting('USER_URL')} and ${setting('JWKS_URL')} where they are set,`,
  oauth1: setting => `${setting('REQUEST_TOKEN_URL')}, ${setting('TOKEN_URL')} and ${setting('USER_URL')}`,
}

/** By what a provider knows us. */
const PROOFS: Record<Protocol, (setting: Setting) => string> = {
  oauth2: setting => `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} is not what the provider has registered`,
  oidc: setting =>
    `${PROOFS.oauth2(setting)}, or ${setting('ISSUER')} is not where its metadata are: ${setting('DISCOVERY_URL')} says where else`,
  oauth1: setting =>
    `${setting('CLIENT_ID')}, ${setting('CLIENT_SECRET')} or ${setting('SIGNATURE_METHOD')} is not what the provider has registered, or the clock of this machine is wrong`,
}
