// The app itself, as `vestibule serve` starts it. Local, because the provider is http; but logged as in production, as
// JSON to the standard output.
import { expectShortLives } from '../../../src/cli/short-lives.js'
import { load } from '../../../src/config/load.js'
import { forMachines } from '../../../src/ops/log.js'
import { presetFacts } from '../../../src/providers/catalog.js'
import { serve } from '../../../src/serve.js'
import { answerParent } from './answer-parent.js'

expectShortLives()
const { config } = load(process.cwd(), presetFacts())
await serve(config, { logDestination: forMachines() })
answerParent()
