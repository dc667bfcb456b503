// Writes into .github/SECURITY.md which published flaws of others are tests here.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { flawsIn, withFlaws } from './support/published-flaws.js'

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const page = inRepository('.github/SECURITY.md')
const names = flawsIn(readFileSync(inRepository('test/journeys/advisories.test.ts'), 'utf8'))
writeFileSync(page, withFlaws(readFileSync(page, 'utf8'), names))
