import type { AccountsDeps } from '../deps.js'
import { AccountError } from '../errors.js'

/** An identity whose tokens are used. */
export interface Connection {
  identityId: string
  userId: string
  provider: string
}

/** Requests to the provider's API are possible only after the user has connected it, for the first time or again. */
export class NotConnectedError extends AccountError {
  constructor(
    readonly reason: 'not-connected' | 'reconnect',
    message: string,
    userMessage: string,
  ) {
    super('forbidden', message, { userMessage, isLinking: true })
  }
}

type ProviderLabels = Pick<AccountsDeps, 'providers'>

export const notConnected = (deps: ProviderLabels, provider: string): NotConnectedError =>
  new NotConnectedError(
    'not-connected',
    `The user has no token of ${provider}: check \`authorized\` before you call its API`,
    `This needs a connection to ${labelOf(deps, provider)}, and your account has none. Connect it on your account page.`,
  )

export const needsReconnect = (deps: ProviderLabels, provider: string): NotConnectedError =>
  new NotConnectedError(
    'reconnect',
    `${provider} does not accept the user's tokens any more: they have to connect it again`,
    `${labelOf(deps, provider)} does not let us in to your account there any more. Connect it again on your account page.`,
  )

const labelOf = ({ providers }: ProviderLabels, name: string): string => providers.get(name)?.label ?? name
