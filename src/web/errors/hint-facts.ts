import type { FailedExchange } from '../../accounts/errors.js'
import type { ProtocolName } from '../../config/types.js'

/** What a hint can name. */
export interface HintFacts {
  code: string
  failure: FailedExchange
  protocol: ProtocolName
  /** The name of a setting of this provider. */
  setting(suffix: string): string
  /** As it has to be registered with the provider. */
  callbackUrl: string
}

/** Says what to do: sentences with the names of the settings. */
export type Hint = (facts: HintFacts) => string
