import type { Middleware } from 'koa'

/** Sets the security headers of every response. */
export function setHeaders(appOrigin: string): Middleware {
  const headers = {
    'Content-Security-Policy': [
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self'",
      // Browsers apply it to the redirect after a form post too, and ours leads to the app.
      `form-action 'self' ${appOrigin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  }
  return (ctx, next) => {
    ctx.set(headers)
    return next()
  }
}
