import { createRequire } from 'node:module'

// Before anything of ours is imported: an older Node would end with a stack trace of what it lacks.
createRequire(import.meta.url)('../../src/cli/node-version.cjs')
// Before anything else is loaded: Node reads the source map of a module when it loads the module.
process.setSourceMapsEnabled(true)
void import('./cli/main.js').then(({ main }) => main(['serve']))
