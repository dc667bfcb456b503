import { isOlderThan } from '../accounts/age.js'
import type { Sealer } from '../crypto/keys.js'
import { HttpError } from './errors/http-error.js'

const RESPONSE_TTL_MS = 60_000
/** The URL stays below the 8 kB that servers and proxies accept for one, and leaves room for the cookies. */
const MAX_SEALED_CHARS = 7_000

/**
 * Responses that providers post to us (OAuth 2.0 Form Post Response Mode), on their way from the POST, which sends no
 * cookies, to the GET that does.
 */
export interface SealedResponses {
  /** One value for a URL. A reader of the URL learns nothing from it. */
  seal(provider: string, response: URLSearchParams): string
  open(provider: string, sealed: string): URLSearchParams
}

interface SealedContent {
  /** Form-encoded. */
  answer: string
  /** Milliseconds since 1970. */
  postedAt: number
}

export function createSealedResponses(sealer: Sealer, now: () => number): SealedResponses {
  const trySeal = (provider: string, response: URLSearchParams) => {
    const text = JSON.stringify({ answer: response.toString(), postedAt: now() } satisfies SealedContent)
    const sealed = sealer.seal(text, sealContext(provider))
    return sealed.length > MAX_SEALED_CHARS ? undefined : sealed
  }

  return {
    seal(provider, response) {
      requireUniqueNames(response)
      const sealed = trySeal(provider, response) ?? trySeal(provider, withoutUser(response))
      if (sealed === undefined) throw new HttpError('too_large', 'The posted response is too large for a URL')
      return sealed
    },

    open(provider, sealed) {
      const text = sealer.open(sealed, sealContext(provider))
      if (text === undefined) throw new HttpError('request_malformed', 'The sealed response was not sealed by this app')
      // Only what `seal` wrote can be opened, so its shape is known.
      const { answer: response, postedAt } = JSON.parse(text) as SealedContent
      if (isOlderThan(postedAt, RESPONSE_TTL_MS, now())) {
        throw new HttpError('attempt_expired', 'The response was posted more than a minute ago', { text: EXPIRED_TEXT })
      }
      return new URLSearchParams(response)
    },
  }
}

const EXPIRED_TEXT =
  'What {provider} answered counts for one minute, and that is over. Nothing was lost, and nobody was signed in.'

/** A provider of another name cannot use the response (RFC 9700, 4.4). */
const sealContext = (provider: string) => `answer of ${provider}`

/** RFC 6749, 3.1: no parameter more than once. Checked before the seal, because a rejected response need not be sealed. */
function requireUniqueNames(response: URLSearchParams): void {
  const names = [...response.keys()]
  if (new Set(names).size < names.length) {
    throw new HttpError('request_malformed', 'The posted response has a parameter more than once')
  }
}

/** Apple posts the name of a user once, to be shown. A name of this length is left out. */
function withoutUser(response: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...response].filter(([name]) => name !== 'user'))
}
