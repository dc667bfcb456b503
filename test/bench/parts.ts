import { measureCalls } from './calls.js'
import { measureStorm } from './concurrency.js'
import type { Field } from './contenders.js'
import { compareIdTokens } from './id-tokens.js'
import { measureLargeDatabase } from './large-database.js'
import { type Extent, measure } from './measure.js'
import { measureProtocols } from './protocols.js'
import { type Result, reportContenders, reportIdTokens, reportProtocols } from './report.js'
import { reportCalls, reportLargeDatabase, reportStorm } from './report-accounts.js'

type Part = (field: Field, extent: Extent, say: (text: string) => void) => Promise<Result[]>

/** What can be measured alone, by `--only`. */
export const PARTS: Readonly<Record<string, Part>> = {
  contenders: async (field, extent, say) => reportContenders(await measure(field, extent, say), extent),
  'large-database': async (field, extent, say) => reportLargeDatabase(await measureLargeDatabase(field, extent, say)),
  concurrency: async (field, { storm }) => reportStorm(await measureStorm(field, storm)),
  calls: async (field, { rounds, calls }) => reportCalls(await measureCalls(field, rounds, calls)),
  protocols: async (field, extent) => reportProtocols(await measureProtocols(field, extent)),
  'id-tokens': async (_, { rounds, idTokens }) => reportIdTokens(await compareIdTokens(rounds, idTokens)),
}
