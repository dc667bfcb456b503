import type { HttpResponse } from '../../http/types.js'
import { ProtocolError, type ProtocolHint } from '../errors.js'
import { toUniqueMap } from '../params.js'
import { isObject, readObject } from '../response.js'
import { cleanText, isOAuthErrorCode, safeErrorCode } from '../text.js'

/**
 * Reads a response of success as one form, each field at most once (RFC 5849, 2.1 and 2.3). The media type is ignored,
 * because X calls its forms `text/html`: the body itself must be a form and nothing else.
 * @throws ProtocolError provider_error (with the provider's message as `providerMessage`, and its `status`),
 *   provider_malformed
 */
export function readFormResponse(response: HttpResponse): ReadonlyMap<string, string> {
  rejectRedirect(response)
  rejectFailure(response)
  if (!isForm(response.body)) {
    throw new ProtocolError('provider_malformed', 'The provider answered with something that is not a form', {
      hint: 'web_page',
    })
  }
  return toUniqueMap(new URLSearchParams(response.body), 'provider_malformed')
}

/** A signature is valid for one URL, and the secrets that PLAINTEXT sends are for one host. */
function rejectRedirect({ status }: HttpResponse): void {
  if (status < 300 || status >= 400) return
  const reason = `The provider answered with a redirect (${status}), which is not followed: use the https URL it leads to`
  throw new ProtocolError('provider_malformed', reason, { status, hint: 'redirect' })
}

/** Some providers send status 200 on errors, so `oauth_problem` means an error with any status. */
function rejectFailure(response: HttpResponse): void {
  const { status } = response
  const fields = new URLSearchParams(response.body)
  const problem = fields.get('oauth_problem')
  if (problem === null && status >= 200 && status < 300) return
  const shownProblem = problem === null ? '' : `, problem ${safeErrorCode(problem)}`
  const reason = `${reasonOf(problem, status, fields)} (status ${status}${shownProblem})`
  const oauthError = isOAuthErrorCode(problem) ? problem : undefined
  throw new ProtocolError('provider_error', reason, {
    providerMessage: providerMessageIn(response, fields),
    status,
    oauthError,
    hint: hintOf(problem, status),
  })
}

/** The codes are those of the extension "Problem Reporting" of OAuth Core 1.0. */
const CREDENTIAL_PROBLEMS = ['consumer_key_unknown', 'consumer_key_rejected', 'consumer_key_refused']
const SIGNATURE_PROBLEMS = ['signature_invalid', 'signature_method_rejected']

function hintOf(problem: string | null, status: number): ProtocolHint | undefined {
  if (problem === 'timestamp_refused') return 'clock'
  if (problem !== null && CREDENTIAL_PROBLEMS.includes(problem)) return 'client_refused'
  if (problem !== null && SIGNATURE_PROBLEMS.includes(problem)) return 'signature_refused'
  return problem === null && status === 401 ? 'client_refused' : undefined
}

function reasonOf(problem: string | null, status: number, fields: URLSearchParams): string {
  if (problem === 'timestamp_refused') return `The time of our request was refused: ${clockAdvice(fields)}`
  if (problem !== null && CREDENTIAL_PROBLEMS.includes(problem)) return 'The client id was refused: check it'
  if (problem !== null && SIGNATURE_PROBLEMS.includes(problem)) {
    return 'The signature was refused: check the client secret and the signature method'
  }
  if (problem === null && status === 401) {
    return 'Our request was refused: check the client id, the client secret and the clock of this machine'
  }
  return 'The provider answered with an error'
}

function clockAdvice(fields: URLSearchParams): string {
  const range = /^(\d{1,12})-(\d{1,12})$/.exec(fields.get('oauth_acceptable_timestamps') ?? '')
  const bounds = range ? `; the provider accepts ${range[1]} to ${range[2]}, in seconds since 1970` : ''
  return `check the clock of this machine${bounds}`
}

/** The provider's own message: among the fields of a problem, or in JSON as X sends it. */
function providerMessageIn(response: HttpResponse, fields: URLSearchParams): string | undefined {
  const text = fields.get('oauth_problem_advice') ?? messageIn(response)
  return text === undefined ? undefined : cleanText(text, 200)
}

function messageIn(response: HttpResponse): string | undefined {
  try {
    const { errors } = readObject(response)
    const [first] = Array.isArray(errors) ? errors : []
    return isObject(first) && typeof first.message === 'string' ? first.message : undefined
  } catch {
    return undefined
  }
}

/**
 * The characters that a form does not encode, and percent-encodings: no mark-up, no JSON, no white space, no byte-order
 * mark.
 */
const FORM = /^(?:[\w.~*!'()/:;,@$=&?+-]|%[\da-f]{2})+$/i

const isForm = (body: string): boolean => FORM.test(body) && isUtf8(body)

function isUtf8(encoded: string): boolean {
  try {
    decodeURIComponent(encoded)
    return true
  } catch {
    return false
  }
}
