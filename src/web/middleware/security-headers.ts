import type { Middleware } from '../context.js'

const SECURITY_HEADERS = {
  // Avatars come from the providers. Nothing else comes from another site, and no script runs.
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' https:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  // Every page may contain a user's data or set a cookie. A response that may be cached sets its own header.
  'Cache-Control': 'no-store',
  Vary: 'Cookie',
}

/** Two years, in seconds (RFC 6797, 6.1). Other hosts of the domain are included only where the operator wants it. */
const HSTS_HEADERS = {
  host: { 'Strict-Transport-Security': 'max-age=63072000' },
  subdomains: { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' },
  off: {},
}

export type Hsts = keyof typeof HSTS_HEADERS

/** The headers of every response, error responses too (OWASP ASVS 5.0, 3.4). */
export const headerPairs = (hsts: Hsts): [name: string, value: string][] =>
  Object.entries({ ...SECURITY_HEADERS, ...HSTS_HEADERS[hsts] })

export function securityHeaders(hsts: Hsts): Middleware {
  const headers = headerPairs(hsts)
  return (ctx, next) => {
    // Not ctx.set, which checks each header for types that these do not have.
    for (const [name, value] of headers) ctx.res.setHeader(name, value)
    return next()
  }
}
