import type { Event } from '../store/types.js'

/** What a person sees of their account. */
export interface AccountPage {
  /** Oldest first. */
  connections: readonly ShownConnection[]
  /** Last seen first. */
  sessions: readonly ShownSession[]
  /** There are more than are shown. */
  moreSessions: boolean
  /** Latest first. */
  activity: readonly ShownEvent[]
}

export interface ShownConnection {
  /** The identity's. */
  id: string
  provider: string
  /** The provider's, for people; its name where PROVIDERS names it no more. */
  label: string
  login: string | null
  email: string | null
  emailVerified: boolean
  /** As granted; undefined where nobody knows. */
  scope: readonly string[] | undefined
  /** Asked for and not granted. */
  missingScope: readonly string[]
  createdAt: number
  lastSignInAt: number
  /** Since when it needs to be reconnected; null while its tokens are good. */
  reconnectSince: number | null
  /** The session that looks was opened with it. */
  current: boolean
}

export interface ShownSession {
  id: string
  /** In words: "Firefox on Linux". */
  device: string
  address: string | null
  label: string
  createdAt: number
  seenAt: number
  /** The one that looks. */
  current: boolean
}

export interface ShownEvent extends Pick<Event, 'at' | 'kind' | 'code' | 'address'> {
  label: string | null
  device: string | null
}
