import type { ProtocolHint } from '../accounts/refusal.js'
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
export function operatorHint(deps: Deps, ctx: Context, { code, cause, provider = '<NAME>' }: Refused): string | null {
  if (code === 'attempt_missing') return changedHost(deps, ctx)
  const setting: Setting = suffix => `${provider.toUpperCase().replaceAll('-', '_')}_${suffix}`
  const hint = cause === undefined ? HINTS[code] : CAUSES[cause]
  return hint?.(setting, deps.protocols.get(provider) ?? 'oauth2') ?? null
}

interface Refused {
  code: ProblemCode
  /** What most likely brought it about, where more than the code is known. */
  cause?: ProtocolHint | undefined
  provider?: string | undefined
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

/** What the operator can do about each cause that the protocol names. */
const CAUSES: Record<ProtocolHint, Hint> = {
  authorization_error: (setting, protocol) =>
    `The provider refused before anybody signed in, so the client secret is not the cause. Look at ${ASKED_WITH[protocol](setting)}, and whether the provider has the callback URL registered to the letter.`,
  prompt_none: setting =>
    `The provider may ask nothing, because prompt=none is sent. Take it out of ${setting('AUTHORIZE_PARAMS')}, or of ${setting('AUTHORIZE_URL')}.`,
  client_refused: setting =>
    `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} is not what the provider has registered. Some providers take a secret in one way only: then look at ${setting('TOKEN_ENDPOINT_AUTH_METHOD')}.`,
  client_refused_encoded: setting =>
    `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} has characters that client_secret_basic has to encode, and some providers do not decode them. If both are right, set ${setting('TOKEN_ENDPOINT_AUTH_METHOD')}=client_secret_post.`,
  issuer_spelling: (setting, protocol) =>
    `An issuer counts to the letter, a slash at its end too; the log says how the two differ. ${
      protocol === 'oidc'
        ? `Write ${setting('ISSUER')} as the provider does.`
        : `Look whether ${setting('AUTHORIZE_URL')} is the one you mean.`
    }`,
  signing_algorithm: setting =>
    `The provider has to sign ID tokens with RS256 or ES256 for this client. Change that at the provider; ${setting('ID_TOKEN_ALG')} cannot allow other ones.`,
  nonce_missing: setting =>
    `The ID token came without the nonce that was sent. Where the provider never sends it back, set ${setting('NONCE')}=off.`,
  other_audiences: setting =>
    `The ID token is for others besides this client; the log names them. If they may have it too, list them in ${setting('AUDIENCES')}.`,
  plain_json: () =>
    'The provider signs or encrypts what it tells, which is not taken. Let it answer in plain JSON: most providers have a setting for it at the client.',
  token_type: () =>
    'The provider gave a token that needs a proof with each call. Let it give Bearer tokens to this client.',
  callback_unconfirmed: setting =>
    `The provider speaks OAuth 1.0, where one person can be made to finish the sign-in of another. It has to speak 1.0a; look whether ${setting('REQUEST_TOKEN_URL')} is the one for it.`,
}

/** What the browser was sent to the provider with. */
const ASKED_WITH: Record<Protocol, (setting: Setting) => string> = {
  oauth2: setting => `${setting('CLIENT_ID')} and ${setting('SCOPE')}`,
  oidc: setting => ASKED_WITH.oauth2(setting),
  oauth1: setting => `${setting('CLIENT_ID')} and ${setting('AUTHORIZE_PARAMS')}`,
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
