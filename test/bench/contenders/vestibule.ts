// The app itself, as `vestibule serve` starts it. Local, because the provider is http; but logged as in production, as
// JSON to the standard output.
import { prune } from '../../../src/accounts/sessions/prune.js'
import { disablePretenuring } from '../../../src/cli/commands/serve.js'
import { load } from '../../../src/config/load.js'
import { standardOutput } from '../../../src/ops/standard-output.js'
import { presetCatalog } from '../../../src/providers/catalog.js'
import { serve } from '../../../src/serve.js'
import { serveParent } from './serve-parent.js'

disablePretenuring()
const { config } = load(process.cwd(), presetCatalog())
const { vestibule } = await serve(config, { logDestination: standardOutput() })
const seenBefore = (now: number) => now - config.session.idle
serveParent(() => prune(vestibule.store, { seenBefore }, config.eventsKeep, Date.now()))
