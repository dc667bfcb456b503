import { createRequire } from 'node:module'

// Before any of our modules is imported: an older Node would end with a stack trace about a missing feature.
createRequire(import.meta.url)('../../src/cli/node-version.cjs')
// Before any other module is loaded: Node reads the source map of a module when it loads the module.
process.setSourceMapsEnabled(true)
void import('./cli/main.js').then(({ main }) => main(['serve']))
