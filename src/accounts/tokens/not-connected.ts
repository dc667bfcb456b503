import type { Deps } from '../deps.js'
import { Refusal } from '../refusal.js'

/** The provider's API cannot be asked in this person's name until they connect it: for the first time, or again. */
export class NotConnected extends Refusal {
  constructor(
    readonly missing: 'connection' | 'consent',
    message: string,
    sentence: string,
  ) {
    super('forbidden', message, { sentence, connecting: true })
  }
}

type Labels = Pick<Deps, 'providers'>

export const neverConnected = (deps: Labels, provider: string): NotConnected =>
  new NotConnected(
    'connection',
    `The person has no token of ${provider}: ask \`authorized\` before its API`,
    `This needs a connection to ${labelOf(deps, provider)}, and your account has none. Connect it on your account page.`,
  )

export const needsReconnect = (deps: Labels, provider: string): NotConnected =>
  new NotConnected(
    'consent',
    `${provider} takes the person's tokens no more: they have to connect it again`,
    `${labelOf(deps, provider)} does not let us in to your account there any more. Connect it again on your account page.`,
  )

const labelOf = ({ providers }: Labels, name: string): string => providers.get(name)?.label ?? name
