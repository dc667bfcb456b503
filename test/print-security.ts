// Writes into .github/SECURITY.md which published flaws of others are tests here.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FLAW_TESTS, flawsIn, withFlaws } from './support/published-flaws.js'

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const page = inRepository('.github/SECURITY.md')
const names = FLAW_TESTS.flatMap(path => flawsIn(readFileSync(inRepository(path), 'utf8')))
writeFileSync(page, withFlaws(readFileSync(page, 'utf8'), names))
