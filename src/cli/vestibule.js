#!/usr/bin/env node
// Committed as JavaScript, so that `npx vestibule` is there right after `npm ci`; the command itself is built from main.ts.
import './node-version.cjs'
import { existsSync } from 'node:fs'

const command = new URL('../../dist/src/cli/main.js', import.meta.url)
if (existsSync(command)) {
  // So that stacks name lines of src/*.ts. Node reads the source map of a module when it loads the module.
  process.setSourceMapsEnabled(true)
  // With `then`, because versions of Node that node-version.cjs refuses could not read an `await` here.
  import(command.href).then(({ main }) => main(process.argv.slice(2)))
} else {
  console.error('Vestibule is not built yet. Run: npm run build')
  process.exitCode = 1
}
