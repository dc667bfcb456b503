#!/usr/bin/env node
// Committed as JavaScript, so that `npx vestibule` is there right after `npm ci`; the command itself is built from main.ts.
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** The build of `npm run dev` is the newer one where there is one: `npm run build` removes it. */
const BUILDS = ['.dist-dev', 'dist']
/** Longer than `npm run build` takes to put a new build in the place of the old one. */
const SWAP_MS = 200

const findCommand = () =>
  BUILDS.map(build => new URL(`../../${build}/src/cli/main.js`, import.meta.url)).find(url => existsSync(url))

const command = findCommand() ?? (await wait(SWAP_MS, undefined).then(findCommand))
if (!command) {
  console.error('Vestibule is not built yet. Run: npm run build')
  process.exit(1)
}
// So that stacks name lines of src/*.ts. Node reads the source map of a module when it loads the module.
process.setSourceMapsEnabled(true)
const { main } = await import(command.href)
await main(process.argv.slice(2))
