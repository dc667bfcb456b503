import type { Client } from './clients.js'

/** What the development provider can speak. */
export type Face = 'oauth2' | 'oidc' | 'oauth1'

/** A face in use, as the page leads to it. */
export interface FaceLink {
  label: string
  /** Where the app begins a sign-in through it. */
  href: string
  current: boolean
}

const LABELS: Readonly<Record<Face, string>> = {
  oauth2: 'OAuth 2.0',
  oidc: 'OpenID Connect',
  oauth1: 'OAuth 1.0a',
}

/** Every face that an app is registered with, in a steady order. */
export function facesInUse(clients: readonly Client[], current: Face): FaceLink[] {
  const order: readonly Face[] = ['oauth2', 'oidc', 'oauth1']
  return order.flatMap(face => {
    const client = clients.find(registered => registered.face === face)
    return client ? [{ label: LABELS[face], href: client.loginUrl, current: face === current }] : []
  })
}
