// The app itself, as `vestibule serve` starts it. Local, because the provider is http; but logged as in production, as
// JSON to the standard output.
import { sweep } from '../../../src/accounts/sweep.js'
import { disablePretenuring } from '../../../src/cli/serve.js'
import { load } from '../../../src/config/load.js'
import { standardOutput } from '../../../src/ops/standard-output.js'
import { presetCatalog } from '../../../src/providers/catalog.js'
import { serve } from '../../../src/serve.js'
import { answerParent } from './answer-parent.js'

disablePretenuring()
const { config } = load(process.cwd(), presetCatalog())
const { vestibule } = await serve(config, { logDestination: standardOutput() })
const seenBefore = (now: number) => now - config.session.idle
answerParent(() => sweep(vestibule.store, { seenBefore }, config.eventsKeep, Date.now()))
