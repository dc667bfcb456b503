import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { WebRefusal } from '../web-refusal.js'

/** Finds what the provider answered: in the query, or sealed in it where we had it posted to us. */
export const findAnswer =
  (deps: Deps, provider: string): Handler =>
  (ctx, next) => {
    const query = new URLSearchParams(ctx.querystring)
    const posts = deps.formPostProviders.has(provider)
    const isPosted = posts && query.has('answer')
    if (posts && !isPosted) refuseCode(query)
    ctx.state.answer = isPosted ? openAnswer(deps, provider, query) : query
    return next()
  }

function openAnswer({ postedAnswers }: Deps, provider: string, query: URLSearchParams): URLSearchParams {
  const [sealed = '', ...more] = query.values()
  if (more.length > 0) throw new WebRefusal('request_malformed', 'Something stands beside the sealed answer')
  return postedAnswers.open(provider, sealed)
}

/** Whoever put it there, it was not a provider that posts its codes; an error is believed from anybody who has the state. */
function refuseCode(query: URLSearchParams): void {
  if (query.has('error') || !query.has('code')) return
  throw new WebRefusal('request_malformed', 'A code stands in the URL, but this provider posts its answers')
}
