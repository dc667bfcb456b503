// The app with pages of a developer's own, which ask the provider's API over and over and tell how long that took.
import { disablePretenuring } from '../../../src/cli/commands/serve.js'
import { load } from '../../../src/config/load.js'
import { standardOutput } from '../../../src/ops/standard-output.js'
import { presetCatalog } from '../../../src/providers/catalog.js'
import { serve } from '../../../src/serve.js'
import type { Context } from '../../../src/web/context.js'
import { route } from '../../support/developer-page.js'
import { serveParent } from './serve-parent.js'

disablePretenuring()
const { config } = load(process.cwd(), presetCatalog())
const { vestibule } = await serve(config, { logDestination: standardOutput() })

/** Asks so many times, so many at once; returns milliseconds. */
async function time({ query }: Context, ask: () => Promise<unknown>): Promise<number> {
  const left = Array.from({ length: Number(query.calls) }).values()
  const work = async () => {
    for (const _ of left) await ask()
  }
  const begin = performance.now()
  await Promise.all(Array.from({ length: Number(query.atOnce) }, work))
  return performance.now() - begin
}

const API = process.env.ACME_API_BASE_URL ?? ''

route(vestibule, '/by-client', ctx => time(ctx, () => ctx.provider('acme').json('things')))
route(vestibule, '/by-fetch', async ctx => {
  const headers = {
    Accept: 'application/json',
    Authorization: `Bearer ${(await ctx.provider('acme').token)?.accessToken}`,
  }
  return time(ctx, async () => (await fetch(`${API}things`, { headers })).json())
})
serveParent()
