/** Where they are, in the order of the list. */
export const FLAW_TESTS = ['advisories', 'openid-advisories'].map(name => `test/journeys/secrecy/${name}.test.ts`)

const NAME = /(['"])((?:CVE|GHSA)-[^\n]*?)\1,/g
const PARTS = /^((?:(?:CVE|GHSA)-\S+ )+)([^:]+): (.+)$/

const BEGIN = '<!-- published-flaws: printed by `node dist/test/print-security.js` -->'
const END = '<!-- /published-flaws -->'

/** The names of the tests that are called by a published flaw. */
export const flawsIn = (testFile: string): string[] => [...testFile.matchAll(NAME)].map(([, , name = '']) => name)

/** The document with the section of published flaws as these names tell it. */
export function withFlaws(document: string, names: readonly string[]): string {
  const [head, rest] = document.split(BEGIN)
  const tail = rest?.split(END)[1]
  if (head === undefined || tail === undefined)
    throw new Error(`The document has no place for them: ${BEGIN} ... ${END}`)
  return `${head}${BEGIN}\n\n${names.map(line).join('\n')}\n\n${END}${tail}`
}

function line(name: string): string {
  const [, ids, whose, rule] = PARTS.exec(name) ?? []
  if (!ids || !whose || !rule)
    throw new Error(`"${name}" does not read as: ids, whose flaw it was, colon, what holds here`)
  return `- ${plain(whose)} (${ids.trim().split(' ').join(', ')}): ${plain(rule)}`
}

/** Nothing in a name is Markdown. */
const plain = (text: string): string => text.replace(/[\\`*<>[\]]/g, '\\$&')
