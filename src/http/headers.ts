import type { HttpRequest } from './types.js'

/**
 * A request with these headers. Each replaces the headers of the same name, in any case: if a header were sent twice,
 * both would count.
 */
export function withHeaders(request: HttpRequest, headers: Readonly<Record<string, string>>): HttpRequest {
  return { ...request, headers: { ...without(request.headers, Object.keys(headers)), ...headers } }
}

/** A request without a header; the case of the name does not matter. */
export const withoutHeader = (request: HttpRequest, name: string): HttpRequest => ({
  ...request,
  headers: without(request.headers, [name]),
})

function without(headers: HttpRequest['headers'], names: readonly string[]): Record<string, string> {
  const removed = names.map(name => name.toLowerCase())
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !removed.includes(name.toLowerCase())))
}
