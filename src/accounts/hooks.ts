import { cleanText } from '../oauth/text.js'
import { readText } from '../providers/profile.js'
import type { Profile } from '../providers/provider.js'
import type { User } from '../store/types.js'
import { isCoded, Refusal } from './refusal.js'
import type { Browser } from './sessions.js'

/** What an app can listen to. All of it is told after it happened, except `signing-in`. */
export interface HookEvents {
  /**
   * Somebody proved who they are and passed ALLOWED_USERS; nothing is written yet. It is awaited, and `refuse` ends the
   * sign-in with a sentence for the visitor, and a heading where one is given.
   */
  'signing-in': {
    provider: string
    profile: Profile
    groups: readonly string[]
    /** Their account, if they have one. */
    user: User | undefined
    browser: Browser
    refuse(sentence: string, options?: RefuseOptions): never
  }
  'signed-in': {
    provider: string
    userId: string
    identityId: string
    profile: Profile
    isNewAccount: boolean
    isNewDevice: boolean
  }
  'sign-in-refused': { provider: string | undefined; code: string; userId: string | undefined }
  connected: { provider: string; userId: string; identityId: string; profile: Profile }
  disconnected: { provider: string; userId: string; identityId: string }
  'token-refreshed': { provider: string; userId: string; identityId: string }
  /** Their last act in a session, or somebody else's: the provider, another of their sessions, a rule that fits no more. */
  'signed-out': { provider: string; userId: string; by: EndedBy }
}

export interface RefuseOptions {
  /** In place of "You cannot sign in here yet". */
  heading?: string
}

export type EndedBy = 'person' | 'provider' | 'rules'
export type HookName = keyof HookEvents
export type Listener<Name extends HookName> = (event: HookEvents[Name]) => void | Promise<void>

export interface Hooks {
  on<Name extends HookName>(name: Name, listener: Listener<Name>): void
  /** Somebody listens to `signing-in`. */
  readonly isAsked: boolean
  /** Asks every listener of `signing-in`, one after the other. One that fails ends the sign-in too. */
  mayEnter(event: Omit<HookEvents['signing-in'], 'refuse'>): Promise<void>
  /** Tells what happened, and waits for nobody; a listener that fails changes nothing. */
  tell<Name extends Exclude<HookName, 'signing-in'>>(name: Name, event: HookEvents[Name]): void
}

/** @param complain hears of listeners that fail */
export function createHooks(complain: (error: unknown, hook: HookName) => void): Hooks {
  const listeners: { [Name in HookName]: Listener<Name>[] } = {
    'signing-in': [],
    'signed-in': [],
    'sign-in-refused': [],
    connected: [],
    disconnected: [],
    'token-refreshed': [],
    'signed-out': [],
  }

  return {
    on(name, listener) {
      listeners[name].push(listener)
    },
    get isAsked() {
      return listeners['signing-in'].length > 0
    },
    async mayEnter(event) {
      try {
        for (const listener of listeners['signing-in']) await listener({ ...event, refuse })
      } catch (error) {
        throw readableError(error, 'signing-in')
      }
    },
    tell(name, event) {
      for (const listener of listeners[name]) {
        // In a turn of its own, so that what throws at once harms nobody either.
        Promise.resolve(event)
          .then(listener)
          .catch((error: unknown) => complain(readableError(error, name), name))
      }
    },
  }
}

const SENTENCE_LENGTH = 500
const HEADING_LENGTH = 100

function refuse(sentence: string, { heading }: RefuseOptions = {}): never {
  throw new Refusal('refused_by_app', 'A listener of signing-in refused the sign-in', {
    sentence: readText(sentence, SENTENCE_LENGTH) ?? undefined,
    heading: readText(heading, HEADING_LENGTH) ?? undefined,
  })
}

const THROWN_LENGTH = 200

/**
 * Anything can be thrown: a text, undefined, an error whose getters throw. What cannot be read without harm becomes an
 * error that can.
 */
function readableError(thrown: unknown, hook: HookName): Error {
  const what = `A listener of ${hook} threw`
  try {
    if (!(thrown instanceof Error)) return new Error(`${what} ${describeValue(thrown)}, which is no Error`)
    const { message, stack = '', name } = thrown
    const code = 'code' in thrown ? thrown.code : ''
    const isReadable = [message, stack, name].every(each => typeof each === 'string') && typeof code !== 'object'
    if (!isReadable) return new Error(`${what} an Error without a readable message`)
    return thrown instanceof Refusal || !isCoded(thrown) ? thrown : uncoded(thrown)
  } catch {
    return new Error(`${what} an Error that cannot be read`)
  }
}

/** An error of the app's own may have a code that is called like one of ours, and must not end the sign-in as that. */
function uncoded(error: Error): Error {
  const { message, stack } = error
  return Object.assign(new Error(message, { cause: error }), stack === undefined ? {} : { stack })
}

const describeValue = (value: unknown): string =>
  typeof value === 'string' ? `the text "${cleanText(value, THROWN_LENGTH)}"` : `a value of the type ${typeof value}`
