import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'

/** Finds what the provider answered: in the query, or sealed in it where we had it posted to us. */
export const authorizationResponse =
  (deps: WebDeps, provider: string): Handler =>
  (ctx, next) => {
    const query = new URLSearchParams(ctx.querystring)
    const posts = deps.formPostProviders.has(provider)
    const isPosted = posts && query.has('answer')
    if (posts && !isPosted) rejectCodeInUrl(query)
    ctx.state.answer = isPosted ? openSealedResponse(deps, provider, query) : query
    return next()
  }

function openSealedResponse(
  { postedAnswers: postedResponses }: WebDeps,
  provider: string,
  query: URLSearchParams,
): URLSearchParams {
  const [sealed = '', ...more] = query.values()
  if (more.length > 0) throw new HttpError('request_malformed', 'Something stands beside the sealed answer')
  return postedResponses.open(provider, sealed)
}

/** Whoever put it there, it was not a provider that posts its codes; an error is believed from anybody who has the state. */
function rejectCodeInUrl(query: URLSearchParams): void {
  if (query.has('error') || !query.has('code')) return
  throw new HttpError('request_malformed', 'A code stands in the URL, but this provider posts its answers')
}
