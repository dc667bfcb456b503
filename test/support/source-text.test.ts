import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionsOf, importsOf, viewsOf } from './source-text.js'

const code = (text: string): string => viewsOf(text).code
/** A value in a template is written @{} here, because the linter takes a dollar sign for a slip. */
const template = (text: string): string => text.replaceAll('@{', '$\u007b')

test('each view is as long as the text, line by line', () => {
  const lengths = (text: string) => text.split('\n').map(line => line.length)
  const text = template("const a = 'x' // y\n/* z\n*/ const b = `1@{a}\n2` + /[/'\"`]/.source\n")
  for (const view of ['code', 'spoken', 'comments'] as const)
    assert.deepEqual(lengths(viewsOf(text)[view]), lengths(text))
})

const HIDDEN: readonly (readonly [text: string, code: string])[] = [
  ["a('fetch') // x", "a('     ')     "],
  ['a("it\'s") + b', 'a("    ") + b'],
  ["a('\\'x') + b", "a('   ') + b"],
  ['a /* x */ + b', 'a         + b'],
  ['a(`x`) + b', 'a(` `) + b'],
  ["a(`x@{b + 'y'}z`)", "a(`  {b + ' '} `)"],
  ["a(/'/) + b('x')", "a(/ /) + b(' ')"],
  ["a / b + c('/')", "a / b + c(' ')"],
  ["(a) / b / c('x')", "(a) / b / c(' ')"],
  ['return /x"y/.test(a)', 'return /   /.test(a)'],
  ["'//' + a", "'  ' + a"],
  ["a('') + b", "a('') + b"],
]

test('what is said in strings, comments, templates and regular expressions is no code', () => {
  for (const [text, expected] of HIDDEN) assert.equal(code(template(text)), expected, text)
})

test('values inside templates are code, however deep', () => {
  assert.equal(code(template('`a@{one({ b: `c@{two}d` })}e@{three}f`')), '`  {one({ b: `  {two} ` })}  {three} `')
})

test('imports are found in all their forms, and nothing else is one', () => {
  const text = [
    "import a from 'a'",
    "import type { B } from './b.js'",
    "import {\n  c,\n  type D,\n} from '../c.js'",
    "export * from 'd'",
    "export type { E } from 'e'",
    "import 'f'",
    "const g = await import('g')",
    "// import x from 'x'",
    'const said = "import x from \'x\'"',
    "export const y = Array.from('y')",
    "export const z = 'z'",
    "export function from() {\n  return 'q'\n}",
  ].join('\n')
  const found = importsOf(text)
  assert.deepEqual(
    found.map(({ from, typeOnly }) => (typeOnly ? `type ${from}` : from)),
    ['a', 'type ./b.js', '../c.js', 'd', 'type e', 'f', 'g'],
  )
  assert.deepEqual(
    found.map(({ line }) => line),
    [1, 2, 3, 7, 8, 9, 10],
  )
})

test('a function ends where its last bracket does', () => {
  const text = `function one() {
  if (a) {
    b()
  } else {
    c()
  }
}
const two = 2
export const three = ({
  a,
}: Parts) =>
  a
    .b()
const four = {
  five(a: string): void {
    said(\`
}
\`)
  },
}
`
  assert.deepEqual(
    functionsOf(text).map(({ line, lines }) => [line, lines]),
    [
      [1, 7],
      [9, 5],
      [15, 5],
    ],
  )
})
