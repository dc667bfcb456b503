#!/usr/bin/env node
// Committed as JavaScript, so that `npx vestibule` is there right after `npm ci`; the command itself is built from main.ts.
import './node-version.cjs'
import { existsSync } from 'node:fs'

/** The build of `npm run dev` is the newer one where there is one: `npm run build` removes it. */
const BUILDS = ['.dist-dev', 'dist']
/** Longer than `npm run build` takes to put a new build in the place of the old one. */
const SWAP_MS = 200

const findCommand = () =>
  BUILDS.map(build => new URL(`../../${build}/src/cli/main.js`, import.meta.url)).find(url => existsSync(url))

// With callbacks, because versions of Node that node-version.cjs refuses could not read an `await` here.
const command = findCommand()
if (command) run(command)
else setTimeout(() => run(findCommand()), SWAP_MS)

function run(command) {
  if (!command) {
    console.error('Vestibule is not built yet. Run: npm run build')
    process.exitCode = 1
    return
  }
  // So that stacks name lines of src/*.ts. Node reads the source map of a module when it loads the module.
  process.setSourceMapsEnabled(true)
  import(command.href).then(({ main }) => main(process.argv.slice(2)))
}
