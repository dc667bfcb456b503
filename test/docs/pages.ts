import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readEnvText } from '../../src/config/env-file.js'
import { randomToken } from '../../src/crypto/random.js'

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The pages of .github/docs. README.md is the page in front of them. */
export const DOCS = [
  'providers',
  'accounts',
  'access',
  'build',
  'deploy',
  'operate',
  'settings',
  'errors',
  'architecture',
] as const
export type PageName = (typeof DOCS)[number] | 'README'

/** Where a page is, seen from the folder of the project. */
export const pathOf = (page: PageName): string => (page === 'README' ? 'README.md' : `.github/docs/${page}.md`)

export const read = (path: string): string => readFileSync(ROOT + path, 'utf8')
export const textOf = (page: PageName): string => read(pathOf(page))

/** Everything that is written for people to read, seen from the folder of the project. */
export const ALL_PAGES = [
  pathOf('README'),
  ...DOCS.map(pathOf),
  '.github/CONTRIBUTING.md',
  '.github/SECURITY.md',
  '.github/CHANGELOG.md',
]

/** A code block of a page that belongs into a file, which the sentence before it names last. */
export interface Block {
  path: string
  language: string
  text: string
}

/** The text below a heading of the second or third level, up to the next heading of its level or above. */
export function section(page: PageName, heading: string): string {
  const text = textOf(page)
  const [, second] = text.split(`\n## ${heading}\n`)
  if (second !== undefined) return second.split('\n## ', 1).join()
  const [, third] = text.split(`\n### ${heading}\n`)
  if (third === undefined) throw new Error(`${pathOf(page)} has no heading "${heading}"`)
  return third.split(/\n###? /, 1).join()
}

/** The headings of a page, of the levels below its title, in their order. */
export function headingsOf(text: string, level: 2 | 3): string[] {
  const pattern = new RegExp(`^#{${level}} (.+)$`, 'gm')
  return [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(pattern)].map(([, heading = '']) => heading)
}

const BLANKS = { '<key>': randomToken(), '<team id>': 'ABCDE12345', '<tenant id>': crypto.randomUUID() }

/** The settings that sections of a page say to write, with those <blanks> filled in that not every text fits. */
export function settingsIn(page: PageName, ...headings: string[]): Record<string, string> {
  const files = headings
    .flatMap(heading => blocksOf(section(page, heading)))
    .filter(({ language }) => language === 'ini')
  const texts = files.map(({ text }) =>
    Object.entries(BLANKS).reduce((filled, [blank, value]) => filled.replaceAll(blank, value), text),
  )
  return Object.assign({}, ...texts.map(readBlock))
}

function readBlock(text: string): Readonly<Record<string, string>> {
  const { values, issues } = readEnvText(text)
  if (issues.length > 0) throw new Error(`A page has an env file that cannot be read: ${JSON.stringify(issues)}`)
  return values
}

export function blocksOf(text: string): Block[] {
  const pattern = /`([^`\n]+)`[^`\n]*:\n\n( *)```(\w+)\n([\s\S]*?)\n\2```/g
  return [...text.matchAll(pattern)].map(([, path = '', indent = '', language = '', code = '']) => ({
    path,
    language,
    text: code
      .split('\n')
      .map(line => line.slice(indent.length))
      .join('\n'),
  }))
}

/** The text of a file after the edits of a `diff` block, each of which must fit exactly one place. */
export function edited(file: string, { path, text }: Block): string {
  return text.split('\n@@\n').reduce((before, edit) => {
    const lines = edit.split('\n')
    const found = lines.filter(line => !line.startsWith('+')).map(line => line.slice(1))
    const parts = before.split(`${found.join('\n')}\n`)
    const [start, end] = parts
    if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} places for\n${edit}`)
    return `${start}${lines.map(line => line.slice(1)).join('\n')}\n${end}`
  }, file)
}
