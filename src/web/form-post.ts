import { isOlderThan } from '../accounts/age.js'
import type { Sealer } from '../crypto/keys.js'
import { HttpError } from './errors/http-error.js'

const RESPONSE_TTL_MS = 60_000
/** So that the URL stays below the 8 kB that servers and proxies give one, and leaves room for the cookies. */
const MAX_SEALED_CHARS = 7_000

/** What providers posted to us, on its way from the POST, which brings no cookies, to the GET that does. */
export interface SealedResponses {
  /** As one value for a URL, which tells whoever reads the URL nothing. */
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
      if (sealed === undefined) throw new HttpError('too_large', 'The posted answer is too large for a URL')
      return sealed
    },

    open(provider, sealed) {
      const text = sealer.open(sealed, sealContext(provider))
      if (text === undefined) throw new HttpError('request_malformed', 'The sealed answer is not one of ours')
      // Only what `seal` wrote opens, so its shape is known.
      const { answer: response, postedAt } = JSON.parse(text) as SealedContent
      if (isOlderThan(postedAt, RESPONSE_TTL_MS, now())) {
        throw new HttpError('attempt_expired', 'The answer was posted more than a minute ago', { text: EXPIRED_TEXT })
      }
      return new URLSearchParams(response)
    },
  }
}

const EXPIRED_TEXT =
  'What {provider} answered counts for one minute, and that is over. Nothing was lost, and nobody was signed in.'

/** A provider of another name cannot take up the answer (RFC 9700, 4.4). */
const sealContext = (provider: string) => `answer of ${provider}`

/** RFC 6749, 3.1: no parameter more than once. Said here already, because what is refused need not travel. */
function requireUniqueNames(answer: URLSearchParams): void {
  const names = [...answer.keys()]
  if (new Set(names).size < names.length) {
    throw new HttpError('request_malformed', 'The posted answer gives a parameter more than once')
  }
}

/** Apple posts the name of a person once, to be shown; a name as long as this can be done without. */
function withoutUser(answer: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...answer].filter(([name]) => name !== 'user'))
}
