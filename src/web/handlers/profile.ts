import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { person } from '../present/person.js'

const TROUBLE: Record<string, string> = {
  provider_slow: 'did not answer in time',
  provider_busy: 'is busy with other people',
  provider_unreachable: 'could not be reached',
  provider_failing: 'could not answer just now',
  token_missing: 'can only be asked after you connect it again',
  reconnect_needed: 'needs to be reconnected',
  access_denied: 'does not allow us to read this',
}
/** Only the person can help, by connecting it anew. */
const FOR_THEM = ['token_missing', 'reconnect_needed']
/** It may be over in a moment. */
const PASSING = ['provider_slow', 'provider_busy', 'provider_unreachable', 'provider_failing']

/** The person as their provider tells it now; what the provider cannot tell is left out, and said. */
export const profile =
  ({ accounts, respond }: Deps): Handler =>
  async ctx => {
    if (!ctx.state.session) return
    const { provider } = ctx.state.session
    ctx.state.provider = provider
    const { label = provider, profile: live, repositories, trouble } = await accounts.loadLiveProfile(ctx.state.session)
    await respond.page(ctx, 'profile', {
      providerLabel: label,
      live: live && { ...person(live), name: live.name, subject: live.subject },
      repositories,
      trouble: trouble && troubleInWords(label, trouble),
      reconnect: FOR_THEM.includes(trouble ?? '') ? provider : null,
    })
  }

function troubleInWords(label: string, trouble: string): string {
  if (trouble === 'provider_gone')
    return `Nobody can sign in with ${label} here any more, so a part of this page is missing.`
  const next = PASSING.includes(trouble) ? 'Nothing is lost; try again in a moment.' : 'Nothing is lost.'
  return `${label} ${TROUBLE[trouble] ?? 'gave no useful answer'}, so a part of this page is missing. ${next}`
}
