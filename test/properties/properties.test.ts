import { test } from 'node:test'
import { PROPERTIES } from './all.js'

// `npm run bench -- --fuzz` tries a million.
const RUNS = 300

for (const { name, hold } of PROPERTIES) test(name, () => hold(RUNS))
