// Writes the table of presets into README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withPresets } from './support/preset-table.js'

const page = fileURLToPath(new URL('../../README.md', import.meta.url))
writeFileSync(page, withPresets(readFileSync(page, 'utf8')))
