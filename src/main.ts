// Before anything else is loaded: Node reads the source map of a module when it loads the module.
process.setSourceMapsEnabled(true)

const { main } = await import('./cli/main.js')
await main(['serve'])
