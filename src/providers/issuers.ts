import type { JsonObject } from '../oauth/types.js'
import type { OidcProvider } from './provider.js'

/** The issuer that an ID token with these claims must have; undefined where none will do. */
export const expectedIssuer =
  ({ issuer, issuerAlias, issuerOf }: OidcProvider) =>
  (claims: JsonObject): string | undefined => {
    if (issuerOf) return issuerOf(claims)
    return issuerAlias !== undefined && claims.iss === issuerAlias ? issuerAlias : issuer
  }

/** A verified issuer as it is stored with an identity: one person is one identity, however their provider spells itself. */
export const storedIssuer = (provider: OidcProvider, verified: string): string =>
  verified === provider.issuerAlias ? provider.issuer : verified
