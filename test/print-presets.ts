// Writes the table of presets into .github/docs/providers.md.
import { writeFileSync } from 'node:fs'
import { pathOf, ROOT, textOf } from './docs/pages.js'
import { withPresets } from './support/preset-table.js'

writeFileSync(ROOT + pathOf('providers'), withPresets(textOf('providers')))
