/** The client authentication at the token endpoint (RFC 6749, 2.3.1). */
export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'none'

/** The signature methods of OAuth 1.0a (RFC 5849, 3.4); HMAC-SHA256 is the same with another hash. */
export const SIGNATURE_METHODS = ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT'] as const
export type SignatureMethod = (typeof SIGNATURE_METHODS)[number]

/** How a provider sends the authorization response (OAuth 2.0 Multiple Response Types, 2.1; Form Post, 2). */
export type ResponseMode = 'query' | 'form_post'
