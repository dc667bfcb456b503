import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { person } from '../present/person.js'

const TROUBLE: Record<string, string> = {
  provider_slow: 'did not answer in time',
  provider_busy: 'is busy with other people',
  provider_unreachable: 'could not be reached',
  token_missing: 'can only be asked after you connect it again',
  reconnect_needed: 'needs to be reconnected',
}
/** Only the person can help, on their account page. */
const FOR_THEM = ['token_missing', 'reconnect_needed']

/** The person as their provider tells it now; what the provider cannot tell is left out, and said. */
export const profile =
  ({ accounts, links, respond }: Deps): Handler =>
  async ctx => {
    if (!ctx.state.session) return
    const {
      label = ctx.state.session.provider,
      profile: live,
      repositories,
      trouble,
    } = await accounts.loadLiveProfile(ctx.state.session)
    const wayOut = FOR_THEM.includes(trouble ?? '') ? links.account : null
    await respond.page(ctx, 'profile', {
      providerLabel: label,
      live: live && { ...person(live), name: live.name, subject: live.subject },
      repositories,
      trouble:
        trouble &&
        `${label} ${TROUBLE[trouble] ?? 'gave no useful answer'}, so a part of this page is missing. Nothing is lost${wayOut ? '.' : '; try again in a moment.'}`,
      wayOut,
    })
  }
