import { type FailedExchange, failedExchangeOf, type ProtocolStep, settingPrefix } from '../../accounts/errors.js'
import { describeThrown } from './thrown.js'

/** The cause of an error, for the log, and in local for the page. */
export interface Cause {
  /** One line, without a secret. */
  text: string
  failure: FailedExchange
  /** The place in the code, only where this app or the developer's own code failed. */
  frame: string | undefined
  stack: string | undefined
}

/** The longest message lists the access rules that come nearest to a user, what is missing, and what to do about it. */
const MAX_MESSAGE_CHARS = 2_000

/**
 * @param isBug the code failed: it did not reject the request on purpose
 * @param provider its name, where it is known: messages of the protocol write `<NAME>` in the names of its settings
 */
export function describeCause(error: unknown, isBug: boolean, provider: string | undefined): Cause {
  const { message, frame, stack } = isBug ? describeThrown(error) : describeThrown(error, MAX_MESSAGE_CHARS)
  const failure = failedExchangeOf(error)
  const withSettingNames = provider === undefined ? message : message.replaceAll('<NAME>', settingPrefix(provider))
  const text = failure.step === undefined ? withSettingNames : atStep(withSettingNames, failure.step, failure.url)
  if (!isBug) return { text, failure, frame: undefined, stack: undefined }
  return { text: redact(text), failure, frame, stack: stack && redact(stack) }
}

/** For a line of the log. Only a bug needs its stack. */
export function causeFields({ text, stack, failure }: Cause) {
  const { step, url, status, oauthError } = failure
  return {
    cause: stack ?? text,
    ...(step && { step }),
    ...(url && { url }),
    ...(status && { providerStatus: status }),
    ...(oauthError && { providerError: oauthError }),
  }
}

const atStep = (message: string, step: ProtocolStep, url: string | undefined): string =>
  `${STEP_NAMES[step]}${url === undefined || message.includes(url) ? '' : ` (${url})`}: ${message}`

const STEP_NAMES: Record<ProtocolStep, string> = {
  discovery: 'Discovery',
  keys: 'Keys of the provider',
  authorization: 'Authorization response',
  temporary_credentials: 'Temporary credentials',
  token: 'Token endpoint',
  id_token: 'ID token',
  userinfo: 'User endpoint',
  refresh: 'Refresh',
  revocation: 'Revocation',
  logout: 'Logout token',
  api: 'API',
}

/** The messages of our own errors quote no secret. Those of other code may: a token, a password in a URL, a long random text. */
const redact = (text: string): string =>
  text
    .replace(/\beyJ[\w-]{8,}(?:\.[\w-]*)+/g, REDACTED)
    .replace(/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`)
    .replace(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${REDACTED}@`)
    .replace(/(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}(?![\w-])/g, REDACTED)

const REDACTED = '[redacted]'
