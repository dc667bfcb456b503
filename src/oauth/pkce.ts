import { sha256 } from '../crypto/digest.js'

/**
 * The S256 code challenge of a verifier (RFC 7636, 4.2).
 * The method `plain` does not exist here, whatever a provider offers (RFC 9700, 2.1.1).
 */
export const codeChallenge = (verifier: string): string => sha256(verifier)
