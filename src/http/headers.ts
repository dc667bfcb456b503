import type { HttpRequest } from './types.js'

/**
 * A request with these headers, each in place of its namesakes however they are spelt: sent twice, both would count.
 */
export function withHeaders(request: HttpRequest, headers: Readonly<Record<string, string>>): HttpRequest {
  return { ...request, headers: { ...without(request.headers, Object.keys(headers)), ...headers } }
}

/** A request without a header, however it is spelt. */
export const withoutHeader = (request: HttpRequest, name: string): HttpRequest => ({
  ...request,
  headers: without(request.headers, [name]),
})

function without(headers: HttpRequest['headers'], names: readonly string[]): Record<string, string> {
  const gone = names.map(name => name.toLowerCase())
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.includes(name.toLowerCase())))
}
