// The app itself. Local, because the provider is http; but logged as in production, as JSON to the standard output.
import { pino } from 'pino'
import { load } from '../../../src/config/load.js'
import { presetFacts } from '../../../src/providers/catalog.js'
import { serve } from '../../../src/serve.js'
import { answerParent } from './answer-parent.js'

const { config } = load(process.cwd(), presetFacts())
await serve(config, { logDestination: pino.destination(1) })
answerParent()
