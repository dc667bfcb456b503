import type { Sealer } from '../crypto/keys.js'
import { isOver } from '../time/age.js'
import { WebRefusal } from './web-refusal.js'

const LIFE = 60_000
/** So that the URL stays below the 8 kB that servers and proxies give one, and leaves room for the cookies. */
const MOST_CHARACTERS = 7_000

/** What providers posted to us, on its way from the POST, which brings no cookies, to the GET that does. */
export interface PostedAnswers {
  /** As one value for a URL, which tells whoever reads the URL nothing. */
  seal(provider: string, answer: URLSearchParams): string
  open(provider: string, sealed: string): URLSearchParams
}

interface Sealed {
  /** Form-encoded. */
  answer: string
  /** Milliseconds since 1970. */
  postedAt: number
}

export function createPostedAnswers(sealer: Sealer, now: () => number): PostedAnswers {
  const sealOnce = (provider: string, answer: URLSearchParams) => {
    const text = JSON.stringify({ answer: answer.toString(), postedAt: now() } satisfies Sealed)
    const sealed = sealer.seal(text, context(provider))
    return sealed.length > MOST_CHARACTERS ? undefined : sealed
  }

  return {
    seal(provider, answer) {
      refuseTwice(answer)
      const sealed = sealOnce(provider, answer) ?? sealOnce(provider, withoutUser(answer))
      if (sealed === undefined) throw new WebRefusal('too_large', 'The posted answer is too large for a URL')
      return sealed
    },

    open(provider, sealed) {
      const text = sealer.open(sealed, context(provider))
      if (text === undefined) throw new WebRefusal('request_malformed', 'The sealed answer is not one of ours')
      // Only what `seal` wrote opens, so its shape is known.
      const { answer, postedAt } = JSON.parse(text) as Sealed
      if (isOver(postedAt, LIFE, now())) {
        throw new WebRefusal('attempt_expired', 'The answer was posted more than a minute ago', { text: TOO_LATE })
      }
      return new URLSearchParams(answer)
    },
  }
}

const TOO_LATE =
  'What {provider} answered counts for one minute, and that is over. Nothing was lost, and nobody was signed in.'

/** A provider of another name cannot take up the answer (RFC 9700, 4.4). */
const context = (provider: string) => `answer of ${provider}`

/** RFC 6749, 3.1: no parameter more than once. Said here already, because what is refused need not travel. */
function refuseTwice(answer: URLSearchParams): void {
  const names = [...answer.keys()]
  if (new Set(names).size < names.length) {
    throw new WebRefusal('request_malformed', 'The posted answer gives a parameter more than once')
  }
}

/** Apple posts the name of a person once, to be shown; a name as long as this can be done without. */
function withoutUser(answer: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...answer].filter(([name]) => name !== 'user'))
}
