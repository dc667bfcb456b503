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
/** Only the user can solve these, by connecting the provider again. */
const NEEDS_RECONNECT = ['token_missing', 'reconnect_needed']
/** These may go away in a moment. */
const TEMPORARY = ['provider_slow', 'provider_busy', 'provider_unreachable', 'provider_failing']

/** The user as the provider describes them now. What cannot be loaded is left out, with a note. */
export const profile =
  ({ accounts, respond }: WebDeps): Handler =>
  async ctx => {
    if (!ctx.state.session) return
    const { provider } = ctx.state.session
    ctx.state.provider = provider
    const liveProfile = await accounts.loadLiveProfile(ctx.state.session)
    const { label = provider, profile: live, repositories, error } = liveProfile
    await respond.page(ctx, 'profile', {
      providerLabel: label,
      live: live && { ...presentUser(live), name: live.name, subject: live.subject },
      repositories,
      problem: error && describeProblem(label, error),
      reconnect: NEEDS_RECONNECT.includes(error ?? '') ? provider : null,
    })
  }

function describeProblem(label: string, problem: string): string {
  if (problem === 'provider_gone')
    return `Nobody can sign in with ${label} here any more, so a part of this page is missing.`
  const next = TEMPORARY.includes(problem) ? 'Nothing is lost; try again in a moment.' : 'Nothing is lost.'
  return `${label} ${PROBLEM_TEXTS[problem] ?? 'gave no useful answer'}, so a part of this page is missing. ${next}`
}
