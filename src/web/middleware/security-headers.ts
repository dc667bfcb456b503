import type { Middleware } from '../context.js'

const SECURITY_HEADERS = {
  // Pictures of people come from their providers; nothing else comes from elsewhere, and nothing runs.
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
  // Every page may hold a person's data or a cookie; what may be kept says so itself.
  'Cache-Control': 'no-store',
  Vary: 'Cookie',
}

/** Two years, in seconds (RFC 6797, 6.1). What stands on other hosts of the domain is not ours to decide. */
const HSTS_HEADERS = {
  host: { 'Strict-Transport-Security': 'max-age=63072000' },
  subdomains: { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' },
  off: {},
}

export type Hsts = keyof typeof HSTS_HEADERS

/** The headers of every answer, the refusals too (OWASP ASVS 5.0, 3.4). */
export const headerPairs = (hsts: Hsts): [name: string, value: string][] =>
  Object.entries({ ...SECURITY_HEADERS, ...HSTS_HEADERS[hsts] })

export function securityHeaders(hsts: Hsts): Middleware {
  const headers = headerPairs(hsts)
  return (ctx, next) => {
    // Not ctx.set, which looks at each of them for what these are known not to be.
    for (const [name, value] of headers) ctx.res.setHeader(name, value)
    return next()
  }
}
