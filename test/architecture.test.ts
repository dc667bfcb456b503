import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bannedWords,
  type Check,
  fileNames,
  fileSizes,
  folderSizes,
  functionSizes,
  importCircles,
  layers,
  missingPackages,
  packages,
  repeatedExports,
  shortFunctions,
  signInPackages,
  singlePlaces,
  unknownTopLevel,
  words,
} from './support/architecture-checks.js'
import { FOLDERS } from './support/architecture-rules.js'
import { filesIn, readManifest, sourcesOf, topLevel } from './support/repository.js'

/** [path, text, and the number of violations if it is not 1] */
type Planted = readonly [path: string, text: string, times?: number]

interface Rule {
  rule: string
  check: Check
  /** The rule also holds in test/. */
  tests?: true
  caught: readonly Planted[]
  fine: readonly Planted[]
}

const dependencies = Object.keys(readManifest().dependencies ?? {})

const long = (lines: number) => 'step()\n'.repeat(lines)
const functionOf = (lines: number, head = 'export function build() {') =>
  `${head}\n${long(lines - 2)
    .replace(/^/gm, '  ')
    .trimEnd()}\n}\n`

const RULES: readonly Rule[] = [
  {
    rule: 'imports go downwards only, along the table of folders',
    check: layers,
    caught: [
      ['src/oauth/token.ts', "import { load } from '../config/load.js'"],
      ['src/oauth/token.ts', "import type { Config } from '../config/types.js'"],
      ['src/crypto/seal.ts', "import { x } from '../net/client-address.js'"],
      ['src/store/tables/users.ts', "export * from '../../providers/catalog.js'"],
      ['src/providers/quirks/github.ts', "import {\n  type A,\n  b,\n} from '../../store/types.js'"],
      ['src/providers/custom.ts', "import { parse } from '../config/parse.js'"],
      ['src/providers/custom.ts', "import type { Setting } from '../config/settings.js'"],
      ['src/accounts/sign-in/callback.ts', "import { createHttpClient } from '../../net/http-client.js'"],
      ['src/accounts/sign-in/callback.ts', "import { DEFAULTS } from '../../config/types.js'"],
      ['src/web/app.ts', "import { createDevProvider } from '../dev-provider/app.js'"],
      ['src/web/handlers/home.ts', "const users = await import('../../store/users.js')"],
      ['src/web/app.ts', "import { build } from '../server.js'"],
      ['src/web/app.ts', "import type { ActiveSession } from '../accounts/sessions/active-session.js'"],
      ['src/web/app.ts', "import { run } from '../cli/main.js'"],
      ['src/dev-provider/app.ts', "import type { TokenSet } from '../oauth/types.js'"],
      ['src/dev-provider/app.ts', "import { digest } from '../crypto/digest.js'"],
      ['src/helpers/x.ts', "import { sha256 } from '../crypto/digest.js'"],
      ['src/store/db/database.ts', "import { fake } from '../../../test/support/fake.js'"],
      ['migrations/0001.ts', "import { users } from '../src/store/tables/users.js'"],
    ],
    fine: [
      ['src/oauth/token.ts', "import { sha256 } from '../crypto/digest.js'\nimport { read } from './response.js'"],
      ['src/providers/quirks/github.ts', "import type { Config } from '../../config/types.js'\nimport '../profile.js'"],
      ['src/web/app.ts', "import type { ActiveSession } from '../accounts/accounts.js'"],
      ['src/store/db/migrations.ts', "import { all } from '../../../migrations/index.js'"],
      [
        'src/cli/commands/serve.ts',
        "import { build } from '../../server.js'\nimport { x } from '../../dev-provider/app.js'",
      ],
      ['src/oauth/token.ts', "// import { load } from '../config/load.js'\nconst text = `import '../net/x.js'`"],
    ],
  },
  {
    rule: 'each package has its folder: Koa in web/, SQL in store/, undici in net/',
    check: packages,
    caught: [
      ['src/accounts/sign-in/callback.ts', "import type { Context } from 'koa'"],
      ['src/accounts/sign-in/callback.ts', "import { readFileSync } from 'node:fs'"],
      ['src/web/home.ts', "import knex from 'knex'"],
      ['src/web/home.ts', "import session from 'koa-session'"],
      ['src/web/home.ts', "import { get } from 'node:https'"],
      ['src/web/home.ts', "import { timingSafeEqual } from 'node:crypto'"],
      ['src/config/parse.ts', "import { readFile } from 'node:fs/promises'"],
      ['src/store/tables/users.ts', "import { Agent } from 'undici'"],
      ['src/providers/custom.ts', "import nunjucks from 'nunjucks'"],
      ['src/oauth/jwt.ts', "import { createVerify } from 'node:crypto'"],
      ['src/oauth/jwt.ts', "import type { KeyObject } from 'node:crypto'"],
      ['src/oauth/jwt.ts', "import { Buffer } from 'node:buffer'"],
      ['src/crypto/seal.ts', "import { promisify } from 'node:util'"],
      ['src/web/home.ts', "import _ from 'lodash'"],
      ['src/ops/log.ts', "import env from 'node:process'"],
    ],
    fine: [
      ['src/web/middleware/session.ts', "import session from 'koa-session'"],
      ['src/server.ts', "import Koa from 'koa'"],
      ['src/web/home.ts', "import type { Server } from 'node:http'\nimport { join } from 'node:path'"],
      ['src/config/load.ts', "import { readFileSync } from 'node:fs'"],
      ['migrations/0001.ts', "import type { Knex } from 'knex'"],
    ],
  },
  {
    rule: 'each danger has one place: calls, redirects, cookies, settings, comparisons, safe paths',
    check: singlePlaces,
    caught: [
      ['src/providers/custom.ts', 'const answer = await fetch(url)'],
      ['src/accounts/sign-in/callback.ts', 'const send = globalThis.fetch'],
      ['src/web/app.ts', "if (process.env.NODE_ENV === 'test') x()"],
      ['src/main.ts', 'load(root, process.env)'],
      ['src/web/handlers/home.ts', 'ctx.redirect(to)'],
      ['src/web/routes.ts', "router.redirect('/a', '/b')"],
      ['src/web/handlers/home.ts', "ctx.set('Location', to)"],
      ['src/web/handlers/home.ts', "ctx.set('refresh', later)"],
      ['src/web/handlers/home.ts', "await ctx.render('home')"],
      ['src/web/handlers/home.ts', "ctx.cookies.set('a', 'b')"],
      ['src/web/handlers/home.ts', "ctx.set('Set-Cookie', 'a=b')"],
      ['src/accounts/sign-in/attempt.ts', "import { hash, timingSafeEqual } from 'node:crypto'"],
      ['src/accounts/sign-in/attempt.ts', 'return crypto.timingSafeEqual(a, b)'],
      ['src/web/return-to.ts', 'const to = ctx.query.return_to as SafePath'],
      ['src/crypto/random.ts', 'const id = Math.random()'],
      ['src/oauth/token.ts', 'const expiresAt = Date.now() + 1000 * seconds'],
      ['src/oauth/token.ts', `const text = \`until \${new Date()}\``],
    ],
    fine: [
      ['src/net/http-client.ts', 'await fetch(url)'],
      ['src/web/respond.ts', "ctx.render('home')\nctx.set('Location', to)"],
      ['src/web/handlers/home.ts', 'respond.redirect(ctx, to)\nprefetch(url)\nconst said = "fetch(url) process.env"'],
      ['src/web/cookies.ts', 'ctx.cookies.set(name, value)'],
      ['src/dev-provider/app.ts', "ctx.redirect(to)\nctx.cookies.set('a', 'b')\ntimingSafeEqual(a, b)"],
      [
        'src/accounts/sign-in/attempt.ts',
        "import { timingSafeEqual } from '../crypto/digest.js'\ntimingSafeEqual(a, b)",
      ],
      ['src/config/load.ts', '/** Reads process.env. */ load(process.env)'],
      ['src/accounts/sign-in/callback.ts', 'const now = Date.now()'],
    ],
  },
  {
    rule: 'no comment notes unfinished work, and no comment or type silences the compiler',
    check: words,
    tests: true,
    caught: [
      ['src/a.ts', 'function read(value: any) {}'],
      ['src/a.ts', 'const list: any[] = []'],
      ['src/a.ts', 'const map = new Map<string, any>()'],
      ['src/a.ts', 'const user = row as any'],
      ['src/a.ts', 'const user = row as unknown as User'],
      ['src/a.ts', '// @ts-ignore'],
      ['src/a.ts', '/* @ts-expect-error: the types are wrong */'],
      ['src/a.ts', '// TODO: limits'],
      ['src/a.ts', 'const a = 1 // FIXME'],
      ['src/a.ts', '/** As design.md has it. */'],
    ],
    fine: [
      ['src/a.ts', '// any path, as any reader knows\nconst any = list.some(Boolean)'],
      ['src/a.ts', "const said = 'TODO, @ts-ignore, x as any'\nconst x = { any: 1 }\nPromise.any([p])"],
      ['src/a.ts', 'const todo = value as unknown'],
    ],
  },
  {
    rule: 'a file has at most 250 lines',
    check: fileSizes,
    caught: [['src/a.ts', long(251)]],
    fine: [['src/a.ts', long(250)]],
  },
  {
    rule: 'a function has at most 50 lines',
    check: functionSizes,
    caught: [
      ['src/a.ts', functionOf(51)],
      [
        'src/a.ts',
        functionOf(51, 'export async function build(\n  a: string,\n): Promise<void> {').replace(
          'step()\n  step()\n',
          '',
        ),
      ],
      ['src/a.ts', functionOf(51, 'export function build({\n  a,\n}: Parts): Built {')],
      ['src/a.ts', functionOf(51, 'export const build = async () => {')],
      ['src/a.ts', functionOf(52, 'export const build = (a: string) =>').replace('}\n', '')],
      [
        'src/a.ts',
        `class A {\n${functionOf(51, 'async read(value: string): Promise<A> {').replace(/^(?=.)/gm, '  ')}}\n`,
      ],
      ['src/a.ts', `const a = {\n${functionOf(51, 'read(value) {').replace(/^(?=.)/gm, '  ')}}\n`],
      ['src/a.ts', `function outer() {\n${functionOf(51, 'list.map(one => {').replace(/^(?=.)/gm, '  ')}}\n`, 2],
    ],
    fine: [
      ['src/a.ts', functionOf(50)],
      ['src/a.ts', functionOf(50) + functionOf(50)],
      ['src/a.ts', functionOf(60, 'if (true) {')],
      ['src/a.ts', functionOf(60, 'export const ROWS = {')],
      ['src/a.ts', `call(\n${'  argument,\n'.repeat(60)})\n`],
    ],
  },
  {
    rule: 'the callback handler has at most 15 lines, and finishSignIn and handleCallback at most 30',
    check: shortFunctions,
    caught: [
      ['src/web/handlers/callback.ts', functionOf(16, 'export const callback = deps => async ctx => {')],
      ['src/web/handlers/callback.ts', 'export const callback = 1'],
      ['src/accounts/sign-in/callback.ts', functionOf(31, 'export async function finishSignIn(deps) {')],
      ['src/accounts/sign-in/callback.ts', functionOf(31, 'async function handleCallback(deps) {')],
      ['src/accounts/sign-in/callback.ts', functionOf(9, 'export async function endSignIn(deps) {')],
    ],
    fine: [
      ['src/web/handlers/callback.ts', functionOf(15, 'export const callback = deps => async ctx => {')],
      [
        'src/accounts/sign-in/callback.ts',
        functionOf(30, 'export async function finishSignIn(deps) {') + functionOf(40),
      ],
    ],
  },
  {
    rule: 'the name of a file says what is in it',
    check: fileNames,
    tests: true,
    caught: [
      ['src/web/utils.ts', ''],
      ['src/helpers/text.ts', ''],
      ['src/store/user-service.ts', ''],
      ['src/web/services.ts', ''],
      ['src/session-manager.test.ts', ''],
    ],
    fine: [
      ['src/services.ts', ''],
      ['src/crypto/base64.ts', ''],
      ['src/oauth/oauth1/base-string.ts', ''],
      ['src/store/db/database.ts', ''],
    ],
  },
]

const sources = [...sourcesOf('src'), ...sourcesOf('migrations')]
const everything = [...sources, ...sourcesOf('test')]

for (const { rule, check, tests, caught, fine } of RULES) {
  test(rule, () => assert.deepEqual(check(tests ? everything : sources), []))

  test(`a violation is found: ${rule}`, () => {
    for (const [path, text, times = 1] of caught)
      assert.equal(check([{ path, text }]).length, times, `${path}\n${text}`)
    for (const [path, text] of fine) assert.deepEqual(check([{ path, text }]), [], `${path}\n${text}`)
  })
}

test('the table of layers goes downwards only, and no folder imports another one of its layer', () => {
  for (const [name, { layer: level, imports }] of Object.entries(FOLDERS))
    for (const other of imports) assert.ok((FOLDERS[other]?.layer ?? level) < level, `${name} imports ${other}`)
})

test('no files import each other, directly or through others, not even their types', () => {
  assert.deepEqual(importCircles(sources), [])
  const [a, b, c, alone] = [
    { path: 'src/a.ts', text: "import { b } from './x/b.js'" },
    { path: 'src/x/b.ts', text: "import type { C } from '../c.js'" },
    { path: 'src/c.ts', text: "export { a } from './a.js'" },
    { path: 'src/alone.ts', text: "import { a } from './a.js'" },
  ] as const
  assert.equal(importCircles([a, b, c, alone]).length, 3)
  assert.deepEqual(importCircles([a, b, alone]), [])
})

test('a folder of src has at most 18 files, or it has sub-folders by subject', () => {
  const filesOf = (folder: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ path: `${folder}/${index}.ts`, text: '' }))
  assert.deepEqual(folderSizes(sources), [])
  assert.deepEqual(folderSizes([...filesOf('src/web', 18), ...filesOf('src/net', 19)]), ['src/net has 19 files'])
})

test('no identifier and no file name contains a banned word', () => {
  assert.deepEqual(bannedWords(everything), [])
  assert.deepEqual(bannedWords(filesIn('views').map(path => ({ path, text: '' }))), [])
  const text =
    "const isTold = 1\nconst keepAlive = Math.floor(2) // nobody\nconst texts = 'said'\nconst ANSWER_TIME = 3\n"
  assert.deepEqual(bannedWords([{ path: 'src/web/stray-requests.ts', text }]), [
    'src/web/stray-requests.ts names stray-requests.ts, and "stray" is a banned word',
    'src/web/stray-requests.ts names isTold, and "told" is a banned word',
    'src/web/stray-requests.ts names ANSWER_TIME, and "answer" is a banned word',
  ])
})

test('no two files export a declaration of one name', () => {
  assert.deepEqual(repeatedExports(sources), [])
  const [a, b, c] = [
    { path: 'src/a.ts', text: 'export interface Slot {}\nexport const one = 1' },
    { path: 'src/x/b.ts', text: '// export const one\nexport type Slot = string\nconst one = 2' },
    {
      path: 'src/c.ts',
      text: "export { one } from './a.js'\nexport function read(a: string): string\nexport function read() {}",
    },
  ] as const
  assert.deepEqual(repeatedExports([a, b, c]), ['Slot is exported by src/a.ts, src/x/b.ts'])
})

test('the top level of the repository holds only known names, and files that begin with a dot', () => {
  assert.deepEqual(unknownTopLevel(topLevel()), [])
  assert.deepEqual(unknownTopLevel(['src', 'docs', '.github', 'README.md', 'notes.txt', 'tests']), [
    'docs',
    'notes.txt',
    'tests',
  ])
})

test('no dependency implements the sign-in', () => {
  assert.deepEqual(signInPackages(dependencies), [])
  const known = [
    '@auth/core',
    'openid-client',
    'simple-oauth2',
    'jose',
    'jsonwebtoken',
    'koa-passport',
    'grant',
    'arctic',
  ]
  assert.deepEqual(signInPackages([...known, 'koa', 'koa-session', 'knex']), known)
})

test('the app runs without the development packages', () => {
  assert.deepEqual(missingPackages(sources, dependencies), [])
  const planted = {
    path: 'src/a.ts',
    text: "import fc from 'fast-check'\nimport type { Page } from 'playwright-core'\nimport 'koa'",
  }
  assert.deepEqual(missingPackages([planted], ['koa']), ['src/a.ts:1 fast-check is not in dependencies'])
})
