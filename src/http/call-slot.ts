import type { HttpRequest, HttpResponse, StreamedResponse } from './types.js'

/**
 * The purpose of a call to a provider. A sign-in, the metadata and keys that all of them share, and a refresh, which
 * also checks who may stay, may use all slots; other purposes leave some of them free for these.
 */
export type CallPurpose = 'sign-in' | 'metadata' | 'refresh' | 'page' | 'revocation'

export interface CallSlotUse {
  purpose: CallPurpose
  /** Milliseconds for all calls of the slot together, and for the waiting between them. */
  within?: number | undefined
}

/** A slot among the calls that a provider may have at once, taken until it is released. */
export interface CallSlot {
  send(request: HttpRequest): Promise<HttpResponse & Pick<StreamedResponse, 'headers'>>
  /** The response holds the slot until it is read, cancelled or broken; also after `release`. */
  stream(request: HttpRequest): Promise<StreamedResponse>
  /** Waits for a result that another call fetches, and frees the slot meanwhile. */
  wait<T>(fetched: Promise<T>): Promise<T>
  /** Rejects with `provider_slow` when the time of the slot is over; undefined if it has no time limit. */
  ended: Promise<never> | undefined
  release(): void
}
