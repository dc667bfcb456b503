import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse as parseAsDotenv } from 'dotenv'
import fc from 'fast-check'
import { decodeText, readEnvText } from '../../src/config/env-file.js'

const PEM = '-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMG+/=\nAQ==\n-----END PRIVATE KEY-----'
const plain = (name: string) => `put the value into single quotes: ${name}='...'`

/** Text of a file, and what its settings are. */
const READABLE: readonly (readonly [text: string, values: Record<string, string>])[] = [
  ['', {}],
  ['# a comment\n\n   # another\n \t \n', {}],
  ['PORT=3000', { PORT: '3000' }],
  ['PORT=3000\r\nAPP=x\r\n', { PORT: '3000', APP: 'x' }],
  ['  export PORT = 3000  \n', { PORT: '3000' }],
  ['PORT=\nAPP=   # nothing', { PORT: '', APP: '' }],
  ['PORT=3000 # a # comment', { PORT: '3000' }],
  ['SCOPE=profile email', { SCOPE: 'profile email' }],
  [`A='x # y' # z\nB="x#y"\nC=\`it's "x"\``, { A: 'x # y', B: 'x#y', C: `it's "x"` }],
  [`A=it's\nB=a"b"c\nC=a=b==`, { A: "it's", B: 'a"b"c', C: 'a=b==' }],
  [`A='a\\n"b"'\nB="a\\nb\\r"`, { A: 'a\\n"b"', B: 'a\nb\r' }],
  [`A=''\nB=""`, { A: '', B: '' }],
  [`A=' x '\nB=""`, { A: ' x ', B: '' }],
  [`A="${PEM}"\nB=x`, { A: PEM, B: 'x' }],
  [`A="${PEM.replaceAll('\n', '\r\n')}"\r\nB=x`, { A: PEM, B: 'x' }],
  [`A="${PEM.replaceAll('\n', '\\n')}"`, { A: PEM }],
  [`A='“x”'`, { A: '“x”' }],
  [`A='\${HOME}'\nB=a\${HOME}b`, { A: `\${HOME}`, B: `a\${HOME}b` }],
  ['A=Grüße 👩‍💻 x', { A: 'Grüße 👩‍💻 x' }],
  ['publc_url=x\nmy-company=x', { publc_url: 'x', 'my-company': 'x' }],
]

for (const [text, values] of READABLE) {
  test(`an env file is read: ${JSON.stringify(text)}`, () => {
    const { issues, ...read } = readEnvText(text)
    assert.deepEqual([{ ...read.values }, issues], [values, []])
  })
}

test('a byte order mark of UTF-8 is no part of the first name', () => {
  assert.deepEqual(decodeText(Buffer.from('\u{feff}PORT=3000')), { text: 'PORT=3000' })
})

const UNDECODABLE: readonly (readonly [what: string, bytes: Buffer, problem: string])[] = [
  ['UTF-16 with its mark', Buffer.from('\u{feff}PORT=3000', 'utf16le'), 'is saved as UTF-16; save it as UTF-8'],
  [
    'UTF-16 in the other order',
    Buffer.from('\u{feff}PORT=3000', 'utf16le').swap16(),
    'is saved as UTF-16; save it as UTF-8',
  ],
  ['UTF-16 without a mark', Buffer.from('PORT=3000', 'utf16le'), 'is saved as UTF-16; save it as UTF-8'],
  ['Latin-1', Buffer.from('A=x\n\nAPP=Grüße\n', 'latin1'), 'is not valid UTF-8 in line 3; save it as UTF-8'],
  ['a NUL', Buffer.from('A=x\nAPP=ab\0c'), 'has a NUL character in line 2; remove it'],
]

for (const [what, bytes, problem] of UNDECODABLE) {
  test(`B-21: a file in ${what} is refused with its reason`, () => {
    assert.deepEqual(decodeText(bytes), { problem })
  })
}

const HASH = (name: string) => `has # in the value of ${name}, where a comment could begin; ${plain(name)}`
const NEITHER = 'is neither NAME=value nor a comment that begins with #;'
const SEVERAL = `${NEITHER} a value of several lines must be in quotes`
const TYPOGRAPHIC = (name: string) =>
  `has typographic quotes around the value of ${name}, which would be a part of it; write straight ones, ' or "`
const UNCLOSED = (name: string, quote = '"') => `opens a quote (${quote}) in the value of ${name} and does not close it`
const INVISIBLE = (name: string) =>
  `has an unusual blank, or an invisible character, at an end of the value of ${name}; type it again`
const VARIABLE = (name: string) =>
  `has the name of a variable as the value of ${name}, and variables are not replaced here; write the value itself`
const BACKSLASH = (name: string) =>
  `has \\ before another character in the double quotes of ${name}, which programs read in different ways; ${plain(name)}`

/** Text of a file, and its issues as `line text`. */
const UNREADABLE: readonly (readonly [text: string, ...issues: string[]])[] = [
  // A value that is cut.
  ['ACME_CLIENT_SECRET=abc#def', `1 ${HASH('ACME_CLIENT_SECRET')}`],
  ['\n\nACME_CLIENT_SECRET=#def', `3 ${HASH('ACME_CLIENT_SECRET')}`],
  ['PORT=3000# the port', `1 ${HASH('PORT')}`],
  // No =, or something else in its place.
  ['PROVIDERS github', '1 has no = after PROVIDERS; write PROVIDERS=value'],
  ['ACME_CLIENT_SECRET', '1 has no = after ACME_CLIENT_SECRET; write ACME_CLIENT_SECRET=value'],
  ['export PORT', '1 has no = after PORT; write PORT=value'],
  ['PROVIDERS: github', '1 has : after PROVIDERS in place of =; write PROVIDERS=value'],
  ['PROVIDERS : a=b', '1 has : after PROVIDERS in place of =; write PROVIDERS=value'],
  ['hunter2: x', `1 ${NEITHER} write = in place of :`],
  ['hunter2', `1 ${SEVERAL}`],
  ['[vestibule]', `1 ${SEVERAL}`],
  ['<<<<<<< HEAD', `1 ${SEVERAL}`],
  ['=x', `1 ${SEVERAL}`],
  ['$env:PORT = "3000"', `1 ${SEVERAL}`],
  ['export', '1 has export and no setting; write export NAME=value'],
  ['Port=3000', '1 is not NAME=value: a name has upper-case letters, digits and _ only'],
  // Quotes.
  ['A="abc', `1 ${UNCLOSED('A')}`],
  ["A='abc\nPORT=3000", `1 ${UNCLOSED('A', "'")}`],
  ['A="abc\nPROVIDERS github', `1 ${UNCLOSED('A')}`, '2 has no = after PROVIDERS; write PROVIDERS=value'],
  ['A="abc\nPORT="3000"', `1 ${UNCLOSED('A')} before the next setting`],
  ['A="abc\nPORT=3000\nB="', `1 ${UNCLOSED('A')} before the next setting`, `3 ${UNCLOSED('B')}`],
  ['A=abc"', `1 ends the value of A with a quote that was not opened; ${plain('A')}`],
  [
    'A="abc"def',
    '1 has text after the closing quote of A; close the quote at the end, and use a kind of quotes that is not in the value',
  ],
  ['A="a\\\\b"', `1 ${BACKSLASH('A')}`],
  ['A="a\\"b"', `1 ${BACKSLASH('A')}`],
  ['A=“abc”', `1 ${TYPOGRAPHIC('A')}`],
  ['A=‘abc’', `1 ${TYPOGRAPHIC('A')}`],
  ['A=„abc“', `1 ${TYPOGRAPHIC('A')}`],
  ['A=abc’', `1 ${TYPOGRAPHIC('A')}`],
  // What nobody sees.
  ['A=\u00a0abc', `1 ${INVISIBLE('A')}`],
  ['A="abc\u200b"', `1 ${INVISIBLE('A')}`],
  ['A=abc\u00a0 # x', `1 ${INVISIBLE('A')}`],
  ['A=a\u0007b', '1 has a control character in the value of A; remove it'],
  ['A="a\tb"', '1 has a control character in the value of A; remove it'],
  // What other programs would do.
  [`A=\${HOME}`, `1 ${VARIABLE('A')}`],
  ['A="$HOME"', `1 ${VARIABLE('A')}`],
  [
    'A=abc\\\ndef',
    `1 ends with \\, which does not continue a line here; write the value of A on one line, or ${plain('A')}`,
    `2 ${SEVERAL}`,
  ],
  // A name twice.
  ['A=1\nB=2\nA=3', '3 sets A, as line 1 does; keep one of them'],
  ['A=1\nA=1\nexport A=1', '2 sets A, as line 1 does; keep one of them', '3 sets A, as line 1 does; keep one of them'],
  // A key without its quotes is one issue, and what comes behind it counts.
  [
    `A=${PEM}\nPORT=3000\nhunter2`,
    '1 begins a key in the value of A that has several lines; put all of it into double quotes',
    `6 ${SEVERAL}`,
  ],
  [`A="${PEM}\nPORT=3000`, `1 ${UNCLOSED('A')}`],
]

for (const [text, ...issues] of UNREADABLE) {
  test(`B-20 B-21: a line that would be dropped, cut or guessed is an issue: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(
      readEnvText(text).issues.map(issue => `${issue.line} ${issue.text}`),
      issues,
    )
  })
}

test('a quote that is never closed is found in the largest file too', () => {
  const text = `A="${'x'.repeat(60_000)}\n`
  assert.equal(readEnvText(text).issues.length, 1)
  assert.equal(readEnvText(text.repeat(1).replaceAll('x', 'B="\n').slice(0, 60_000)).issues.length > 1, true)
})

test('the issue of a line names its setting where that is clear, so that the setting is not missing too', () => {
  assert.deepEqual(
    readEnvText('PROVIDERS github\nA=“b”\nhunter2').issues.map(({ setting }) => setting),
    ['PROVIDERS', 'A', undefined],
  )
})

const piece = fc.constantFrom(
  ...['A', 'B', 'PORT', 'export ', '=', ' = ', '\n', '\n', '\r\n', '"', "'", '`', '#', ' # ', ' ', 'x', 'ü', ':', '\\'],
  ...['\\n', '-----BEGIN KEY', 'A=', 'B="', "PORT='", '\nA=x', '\u00a0'],
)

test('what is read without an issue is what dotenv reads', () => {
  let readable = 0
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 14 }).map(pieces => pieces.join('')),
      text => {
        const { values, issues } = readEnvText(text)
        if (issues.length > 0) return
        readable += 1
        assert.deepEqual({ ...values }, { ...parseAsDotenv(text) }, JSON.stringify(text))
      },
    ),
    { numRuns: 5_000 },
  )
  assert.ok(readable > 200, String(readable))
})

const SECRET = 'Zq9%f=Q$9qZ'
const anyText = fc.constantFrom(
  ...['=', ':', ' ', '\n', '"', "'", '#', ' #', '\\', '“', '\u00a0', '\0', 'export ', 'GITHUB_CLIENT_SECRET', '\nPORT'],
  ...['-----BEGIN ', SECRET, SECRET],
)

test('CF-14 no issue of an env file shows a part of a secret, in whatever form the file is', () => {
  fc.assert(
    fc.property(
      fc.array(anyText, { maxLength: 12 }).map(pieces => pieces.join('')),
      text => {
        const reported = JSON.stringify(readEnvText(text).issues)
        assert.doesNotMatch(reported, /Zq9|9qZ|f=Q/, JSON.stringify(text))
      },
    ),
    { numRuns: 3_000 },
  )
})

test('CF-14 the lines of a key, alone on a line, are not shown as names', () => {
  for (const line of ['MIGTAgEAMBMG', 'AQ==', 'aB3cDeF5=', 'JBSWY3DPEHPK3PXPJBSWY3DP=', '5ffcd7c6f3f84a2e8f2b3cc1=x']) {
    const { values, issues } = readEnvText(line)
    assert.deepEqual({ ...values }, {})
    assert.doesNotMatch(JSON.stringify(issues), /MIG|AQ|aB3|JBSW|5ff/, line)
  }
})
