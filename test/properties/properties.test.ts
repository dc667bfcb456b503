import { test } from 'node:test'
import { PROPERTIES } from './all.js'

const RUNS = 3_000

for (const { name, hold } of PROPERTIES) test(name, () => hold(RUNS))
