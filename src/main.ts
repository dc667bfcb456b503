import { createRequire } from 'node:module'

// Before anything of ours is imported: an older Node would end with a stack trace of what it lacks.
createRequire(import.meta.url)('../../src/cli/node-version.cjs')
void import('./cli/main.js').then(({ main }) => main(['serve']))
