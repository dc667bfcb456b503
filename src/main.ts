import { run } from './cli/main.js'

process.exitCode = await run(['serve'])
