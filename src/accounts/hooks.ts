import { readText } from '../providers/profile.js'
import type { Profile } from '../providers/provider.js'
import type { User } from '../store/types.js'
import { AccountError, hasErrorCode } from './errors.js'
import type { Browser } from './sessions/sessions.js'

/** The events that an app can listen to. All are emitted after they happened, except `signing-in`. */
export interface HookEvents {
  /**
   * A person has signed in at the provider and is admitted by ALLOWED_USERS; nothing is written yet. The listener is
   * awaited, and `refuse` ends the sign-in with a sentence for the visitor, and with a heading if there is one.
   */
  'signing-in': {
    provider: string
    profile: Profile
    groups: readonly string[]
    /** The account of the person, if there is one. */
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
  /** A session has ended: by the user, in this session or another one, by the provider, or by a rule that does not match any more. */
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
  /** There is a listener of `signing-in`. */
  readonly hasSignInListener: boolean
  /** Calls every listener of `signing-in`, one after the other. A listener that fails ends the sign-in too. */
  askSignInListeners(event: Omit<HookEvents['signing-in'], 'refuse'>): Promise<void>
  /** Calls the listeners without waiting for them; a listener that fails changes nothing. */
  emit<Name extends Exclude<HookName, 'signing-in'>>(name: Name, event: HookEvents[Name]): void
}

/** @param onError is called for a listener that fails */
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
        // In a later turn of the event loop, so that a listener that throws at once does not throw into the caller either.
        Promise.resolve(event)
          .then(listener)
          .catch((error: unknown) => onError(error, name))
      }
    },
  }
}

const MAX_SENTENCE_CHARS = 500
const MAX_HEADING_CHARS = 100

/** An empty text, or a value that is not a text, leaves the usual text in place. */
function refuse(sentence: string, options?: RefuseOptions): never {
  throw new AccountError('refused_by_app', 'A listener of signing-in refused the sign-in', {
    userMessage: readText(sentence, MAX_SENTENCE_CHARS) ?? undefined,
    heading: readText(options?.heading, MAX_HEADING_CHARS) ?? undefined,
  })
}

/** An error of the app's own may have the same code as one of ours, and must not be shown as ours. */
function withoutOurCode(thrown: unknown): unknown {
  if (!hasErrorCode(thrown) || thrown instanceof AccountError) return thrown
  const { message, stack, cause } = thrown
  return Object.assign(new Error(message, { cause }), { stack })
}
