#!/usr/bin/env node
// Committed as JavaScript, so that `npx vestibule` is there right after `npm ci`; the command itself is built from main.ts.
import { existsSync } from 'node:fs'

const command = new URL('../../dist/src/cli/main.js', import.meta.url)
if (!existsSync(command)) {
  console.error('Vestibule is not built yet. Run: npm run build')
  process.exit(1)
}
// So that stacks name lines of src/*.ts. Node reads the source map of a module when it loads the module.
process.setSourceMapsEnabled(true)
const { main } = await import(command.href)
await main(process.argv.slice(2))
