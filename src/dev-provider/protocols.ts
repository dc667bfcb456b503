import type { Client, ServedProtocol } from './clients.js'

/** A protocol in use, as the page links to it. */
export interface ProtocolLink {
  label: string
  /** Where the app starts a sign-in through it. */
  href: string
  current: boolean
}

const LABELS: Readonly<Record<ServedProtocol, string>> = {
  oauth2: 'OAuth 2.0',
  oidc: 'OpenID Connect',
  oauth1: 'OAuth 1.0a',
}

/** A link for every protocol that an app is registered for, always in the same order. */
export function protocolLinks(clients: readonly Client[], current: ServedProtocol): ProtocolLink[] {
  const order: readonly ServedProtocol[] = ['oauth2', 'oidc', 'oauth1']
  return order.flatMap(protocol => {
    const client = clients.find(registered => registered.protocol === protocol)
    return client ? [{ label: LABELS[protocol], href: client.loginUrl, current: protocol === current }] : []
  })
}
