import { OutboundError } from './errors.js'
import { type CallPurpose, createPlaces, type Deadline, type End, endOf, onlyOnce } from './places.js'
import { createTurns } from './turns.js'

/** Two tabs of a page that asks for two things. */
export const PLACES_PER_PERSON = 4
/** A page may ask for a few dozen things at once. */
const MAX_WAITING_PER_PERSON = 64
export const PERSON_WAIT_MS = 5_000

/** What a slot is for. */
export interface SlotUse {
  purpose: CallPurpose
  /** Milliseconds for all calls of the slot together, and for what is waited for in between. */
  within?: number | undefined
}

/** A place that is taken, and its end. */
export interface HeldPlace {
  /** Keeps the place also after `release`; returns what lets go of it. */
  hold(): () => void
  end: End | undefined
  /** Waits for what others fetch, and lends them the place meanwhile. */
  wait<T>(fetched: Promise<T>): Promise<T>
  /** Rejects with OutboundError provider_slow when the time of the slot is over; undefined where it has none. */
  ended: Promise<never> | undefined
  release(): void
}

interface Slots {
  /** @throws OutboundError provider_busy */
  take(provider: string, use: SlotUse): HeldPlace
  /** The same for one person, who has a few places at a provider and waits for one of these. */
  takeForPerson(provider: string, person: string, use: SlotUse): Promise<HeldPlace>
}

export function createSlots({ maxCalls, deadline }: { maxCalls: number; deadline: Deadline }): Slots {
  const placeAt = createPlaces(maxCalls)
  const takeTurn = createTurns({
    ...{ limit: PLACES_PER_PERSON, maxWaiting: MAX_WAITING_PER_PERSON },
    ...{ maxWaitMs: PERSON_WAIT_MS, deadline },
  })

  function take(provider: string, { purpose, within }: SlotUse, whenFree?: () => void): HeldPlace {
    const { hold, lend } = placeAt(provider, purpose, whenFree)
    const letGo = hold()
    const end = within === undefined ? undefined : endOf(within, provider, deadline, letGo)
    return {
      ...{ hold, end, ended: end?.passed },
      wait: fetched => fetched.finally(lend()),
      release: onlyOnce(() => {
        end?.callOff()
        letGo()
      }),
    }
  }

  return {
    take: (provider, use) => take(provider, use),
    async takeForPerson(provider, person, use) {
      const giveBack = await takeTurn(`${provider} ${person}`)
      if (!giveBack) throw new OutboundError('provider_busy', `One person asks ${provider} for too much at once`)
      try {
        return take(provider, use, giveBack)
      } catch (error) {
        giveBack()
        throw error
      }
    },
  }
}
