import { readText } from '../providers/profile.js'
import type { Profile } from '../providers/provider.js'
import type { User } from '../store/types.js'
import { AccountError, hasErrorCode } from './errors.js'
import type { Browser } from './sessions/sessions.js'

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
  readonly hasSignInListener: boolean
  /** Asks every listener of `signing-in`, one after the other. One that fails ends the sign-in too. */
  askSignInListeners(event: Omit<HookEvents['signing-in'], 'refuse'>): Promise<void>
  /** Tells what happened, and waits for nobody; a listener that fails changes nothing. */
  emit<Name extends Exclude<HookName, 'signing-in'>>(name: Name, event: HookEvents[Name]): void
}

/** @param onError hears of listeners that fail */
export function createHooks(onError: (error: unknown, hook: HookName) => void): Hooks {
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
    get hasSignInListener() {
      return listeners['signing-in'].length > 0
    },
    async askSignInListeners(event) {
      try {
        for (const listener of listeners['signing-in']) await listener({ ...event, refuse })
      } catch (error) {
        throw withoutOurCode(error)
      }
    },
    emit(name, event) {
      for (const listener of listeners[name]) {
        // In a turn of its own, so that what throws at once harms nobody either.
        Promise.resolve(event)
          .then(listener)
          .catch((error: unknown) => onError(error, name))
      }
    },
  }
}

const MAX_SENTENCE_CHARS = 500
const MAX_HEADING_CHARS = 100

/** What is no text, or an empty one, gives way to the usual words. */
function refuse(sentence: string, options?: RefuseOptions): never {
  throw new AccountError('refused_by_app', 'A listener of signing-in refused the sign-in', {
    userMessage: readText(sentence, MAX_SENTENCE_CHARS) ?? undefined,
    heading: readText(options?.heading, MAX_HEADING_CHARS) ?? undefined,
  })
}

/** An error of the app's own may have a code that is called like one of ours, and must not end the sign-in as that. */
function withoutOurCode(thrown: unknown): unknown {
  if (!hasErrorCode(thrown) || thrown instanceof AccountError) return thrown
  const { message, stack, cause } = thrown
  return Object.assign(new Error(message, { cause }), { stack })
}
