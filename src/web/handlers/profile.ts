import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { presentUser } from '../present/user.js'

const PROBLEM_TEXTS: Record<string, string> = {
  provider_slow: 'did not answer in time',
  provider_busy: 'is busy with other people',
  provider_unreachable: 'could not be reached',
  provider_failing: 'could not answer just now',
  token_missing: 'can only be asked after you connect it again',
  reconnect_needed: 'needs to be reconnected',
  access_denied: 'does not allow us to read this',
}
/** Only the person can help, by connecting it anew. */
const NEEDS_RECONNECT = ['token_missing', 'reconnect_needed']
/** It may be over in a moment. */
const TEMPORARY = ['provider_slow', 'provider_busy', 'provider_unreachable', 'provider_failing']

/** The person as their provider tells it now; what the provider cannot tell is left out, and said. */
export const profile =
  ({ accounts, respond }: WebDeps): Handler =>
  async ctx => {
    if (!ctx.state.session) return
    const { provider } = ctx.state.session
    ctx.state.provider = provider
    const {
      label = provider,
      profile: live,
      repositories,
      error: problem,
    } = await accounts.loadLiveProfile(ctx.state.session)
    await respond.page(ctx, 'profile', {
      providerLabel: label,
      live: live && { ...presentUser(live), name: live.name, subject: live.subject },
      repositories,
      trouble: problem && describeProblem(label, problem),
      reconnect: NEEDS_RECONNECT.includes(problem ?? '') ? provider : null,
    })
  }

function describeProblem(label: string, problem: string): string {
  if (problem === 'provider_gone')
    return `Nobody can sign in with ${label} here any more, so a part of this page is missing.`
  const next = TEMPORARY.includes(problem) ? 'Nothing is lost; try again in a moment.' : 'Nothing is lost.'
  return `${label} ${PROBLEM_TEXTS[problem] ?? 'gave no useful answer'}, so a part of this page is missing. ${next}`
}
