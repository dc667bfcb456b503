import fc from 'fast-check'

/** What parsers, headers, pages and terminals stumble over. */
const STUMBLING = [
  ...[
    '',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\x00',
    '\x1b[31m',
    '\x7f',
    '\u0085',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\ufffd',
    '\ud800',
  ],
  ...[
    '<script>',
    '"',
    "'",
    '&',
    ';',
    ',',
    '=',
    '%',
    '%00',
    '%ff',
    '+',
    '\\',
    '/',
    '..',
    '{{7*7}}',
    '\u212a',
    '😀',
    'é',
    '日本',
  ],
  ...['__proto__', 'constructor', 'null', 'undefined', 'true', '0', '-1', '1e309', '9007199254740993', 'NaN'],
]

/** Texts of the given pieces and of stumbling ones, and any others. */
export const nasty = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...pieces, ...STUMBLING),
    fc.array(fc.constantFrom(...pieces, ...STUMBLING), { maxLength: 8 }).map(parts => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ maxLength: 20 }),
  )

/** JSON that throws where it is put into a text without a look at its type. */
export const NO_TEXT = { toString: 0, valueOf: 0 }

/** Any JSON value, the odd ones more often. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -0, -1, 1.5, 1e308, 2 ** 53, '', [], {}, [[]], ['a'], { a: 1 }, NO_TEXT, [
    NO_TEXT,
  ]),
  nasty(),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Often one of the good ones, else anything. */
export const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: good, weight: 3 }, { arbitrary: anyJson, weight: 1 })

/** A JSON text of these fields, now and then with a piece knocked out of it or put into it. */
export const jsonTextOf = (fields: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { arbitrary: fields.map(value => JSON.stringify(value)), weight: 6 },
    { arbitrary: damaged(fields.map(value => JSON.stringify(value))), weight: 2 },
    { arbitrary: fc.integer({ min: 1, max: 6_000 }).map(nested), weight: 1 },
  )

const nested = (depth: number) =>
  `{"id":1,"access_token":"a","token_type":"bearer","x":${'['.repeat(depth)}${']'.repeat(depth)}}`

/** A text with a stretch of it replaced. */
export const damaged = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.nat(), fc.nat({ max: 4 }), nasty()).map(([whole, place, length, put]) => {
    const at = place % (whole.length + 1)
    return whole.slice(0, at) + put + whole.slice(at + length)
  })
