import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { HookName } from '../../src/accounts/hooks.js'
import { isProxyVariable } from '../../src/config/app/proxies.js'
import { parse } from '../../src/config/parse.js'
import { findSetting, isAvailable, markdownRows } from '../../src/config/settings.js'
import { randomToken } from '../../src/crypto/random.js'
import { PRESETS, presetCatalog } from '../../src/providers/catalog.js'
import type { EventKind } from '../../src/store/types.js'
import { ERROR_PAGES } from '../../src/web/errors/error-pages.js'
import { OAUTH1_FAULTS, OAUTH2_FAULTS, OIDC_FAULTS } from '../dev-provider/fault-outcomes.js'
import { startApp } from '../support/app.js'
import { HttpBrowser } from '../support/http-browser.js'
import { FLAW_TESTS, flawsIn } from '../support/published-flaws.js'
import { routedPaths } from '../support/routed-paths.js'
import { ALL_PAGES, blocksOf, headingsOf, type PageName, ROOT, read, section, settingsIn, textOf } from './pages.js'

const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts

/** Everything that stands in code spans and blocks, and nothing else. */
const codeOf = (text: string) => (text.match(/```[\s\S]*?```|`[^`\n]+`/g) ?? []).join('\n')
/** The cells of the tables in a text, without the rows of headings. */
const tableOf = (text: string) =>
  text
    .split('\n')
    .filter(line => /^\| [`\d]/.test(line))
    .map(line => line.slice(2, -2).split(' | '))

test('the README names the two commands exactly, after the clone, and the second is what CI runs', () => {
  const [clone, ...commands] = section('README', 'Start').match(/(?<=```sh\n).*(?=\n```)/g) ?? []
  assert.match(clone ?? '', /^git clone .+ vestibule && cd vestibule$/)
  assert.deepEqual(commands, ['npm ci && npm start', 'npm ci && npm test'])
  assert.match(read('.ci/run'), /^npm ci && npm test$/m)
})

test('settings.md lists the settings of the table in the code, word by word', () => {
  const rows = section('settings', 'All settings')
    .split('\n')
    .filter(line => line.startsWith('| `'))
  assert.deepEqual(rows, markdownRows())
})

test('build.md lists the routes that there are, and no other', async () => {
  const app = await startApp({ PROVIDERS: 'dev,dev-oidc' })
  try {
    const listed = tableOf(section('build', 'Routes')).flatMap(
      ([route = '']) => /^`([A-Z]+ \/\S*)`$/.exec(route)?.[1] ?? [],
    )
    assert.deepEqual(listed.sort(), await routedPaths(app))
  } finally {
    await app.stop()
  }
})

const problems = Object.entries(ERROR_PAGES).map(([code, { status }]) => ({ code, status }))

test('errors.md lists the error codes that the app can answer with, by status', () => {
  const listed = tableOf(textOf('errors')).flatMap(([status = '', codes = '']) =>
    [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => `${status} ${code}`),
  )
  assert.deepEqual(listed.sort(), problems.map(({ code, status }) => `${status} ${code}`).sort())
})

test('errors.md has a heading for each error code and for nothing else, with its cause and what to do', () => {
  const headings = headingsOf(textOf('errors'), 3)
  assert.deepEqual(headings.sort(), problems.map(({ code }) => code).sort())
  for (const code of headings) {
    assert.match(section('errors', code), /\n\*\*Cause\.\*\* [\s\S]+\n\*\*What to do[.,]?/, code)
  }
})

test('an error page in local says where errors.md explains its code', async () => {
  const app = await startApp()
  try {
    const { text } = await new HttpBrowser(app.origin).open('/no-such-page')
    assert.match(text, /<code>\.github\/docs\/errors\.md#not_found<\/code>/)
  } finally {
    await app.stop()
  }
})

test('the numbers of the README are right', () => {
  const presets = Object.values(PRESETS).filter(({ development }) => !development)
  const flaws = FLAW_TESTS.flatMap(path => flawsIn(read(path)))
  const lines = readdirSync(`${ROOT}src/oauth`, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .reduce((sum, path) => sum + read(`src/oauth/${path}`).split('\n').length - 1, 0)
  assert.ok(lines < 3_000, `${lines} lines`)
  for (const words of [
    `**${presets.length} providers built in**`,
    `[Google, Microsoft, Apple, X, ${presets.length - 5} more, and your own]`,
    'fewer than 3,000 lines',
    `${OAUTH2_FAULTS.length} faults in OAuth 2.0, ${OIDC_FAULTS.length} in OpenID Connect, ${OAUTH1_FAULTS.length} in OAuth 1.0a`,
    `**${flaws.length} published flaws of other projects**`,
    `**${problems.length} error codes**`,
  ]) {
    assert.ok(textOf('README').includes(words), `The README does not say: ${words}`)
  }
})

test('every setting that the pages name works', () => {
  const others = [
    'NAME',
    'NAME_FILE',
    'CHROME_PATH',
    'REQUIRE_PROXIES',
    'TEST_DATABASE_URL',
    'PLAINTEXT',
    'NODE_EXTRA_CA_CERTS',
  ]
  for (const page of ALL_PAGES) {
    const code = codeOf(read(page))
    const names = code.match(/(?<![\w<])[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b|\b[A-Z]{3,}(?==)|(?<=^`)[A-Z]{3,}(?=`$)/gm) ?? []
    for (const name of names.filter(each => !others.includes(each) && !isProxyVariable(each))) {
      const setting = findSetting(name)
      assert.ok(setting && isAvailable(setting), `${page} names ${name}`)
    }
  }
})

test('every file that the pages name or show is there', () => {
  const made = blocksOf(textOf('build')).map(({ path }) => path)
  for (const page of ALL_PAGES) {
    const text = read(page)
    const named = codeOf(text).match(/(?<![\w/.-])(?:src|views|env|test|migrations|\.github)\/[\w./-]*/g) ?? []
    for (const path of named.filter(each => !each.endsWith('.env.secret') && !made.includes(each))) {
      assert.ok(existsSync(ROOT + path), `${page} names ${path}`)
    }
  }
})

test('every command that the pages name is one', () => {
  const { stdout } = spawnSync(process.execPath, [`${ROOT}src/cli/vestibule.js`, '--help'], { encoding: 'utf8' })
  const ours = new Set([...stdout.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name))
  const listed = new Set(
    [...section('operate', 'Commands').matchAll(/^\| `npx vestibule (\w+)`/gm)].map(([, name]) => name),
  )
  assert.deepEqual(listed, ours)
  for (const page of ALL_PAGES) {
    const code = codeOf(read(page))
    for (const [, name = ''] of code.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)) {
      assert.ok(name in scripts, `${page} names npm run ${name}`)
    }
  }
})

test('what production needs at least is enough, and nothing less is', () => {
  const settings = {
    ...settingsIn('deploy', 'The settings of production', 'PostgreSQL'),
    GITHUB_CLIENT_SECRET: randomToken(),
  }
  const check = (values: Record<string, string>) =>
    parse({ environment: 'prod', process: values, files: [], contents: new Map() }, presetCatalog())
  assert.deepEqual(check(settings).warnings, [])
  for (const { name, ...rest } of Object.keys(settings).map(each => ({ ...settings, name: each, [each]: '' }))) {
    if (!['DATABASE_URL', 'TRUSTED_PROXIES'].includes(name))
      assert.throws(() => check(rest), new RegExp(`${name} +is missing`))
  }
})

test('the rules of "Who may sign in" are rules', () => {
  const rules = tableOf(section('access', 'Who may sign in')).map(([rule = '']) => rule.slice(1, -1))
  const values = { PROVIDERS: 'dev,github', GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'given' }
  const read = { ...values, ALLOWED_USERS: rules.join(',') }
  const { config } = parse({ environment: 'local', process: read, files: [], contents: new Map() }, presetCatalog())
  assert.deepEqual(
    config.allowedUsers.map(({ kind }) => kind),
    ['anybody', 'email', 'domain', 'login', 'subject', 'group'],
  )
  assert.ok(section('access', 'Who may sign in').includes('`ALLOWED_USERS`'))
})

test('the settings of "Connect a second provider" are enough for two', () => {
  const process = settingsIn('accounts', 'Connect a second provider')
  const { config, warnings } = parse({ environment: 'local', process, files: [], contents: new Map() }, presetCatalog())
  assert.deepEqual([config.providers.map(({ name }) => name), warnings], [['github', 'google'], []])
})

/** What stands in the first column of a section's table, as code. */
const namesIn = (page: PageName, heading: string, column = 0) =>
  tableOf(section(page, heading)).flatMap(cells =>
    [...(cells[column] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
  )

const KNOWN_ADDRESS = 'When an e-mail address is known already'

test('accounts.md lists the values of ACCOUNT_LINKING that there are', () => {
  for (const value of namesIn('accounts', KNOWN_ADDRESS)) {
    const process = { ACCOUNT_LINKING: value ?? '' }
    const { config } = parse({ environment: 'local', process, files: [], contents: new Map() }, presetCatalog())
    assert.equal(config.accountLinking, value)
  }
  assert.deepEqual(namesIn('accounts', KNOWN_ADDRESS), ['ask', 'verified', 'never'])
})

test('build.md lists the hooks that there are, and operate.md the events', () => {
  const hooks: Record<HookName, true> = {
    ...{ 'signing-in': true, 'signed-in': true, 'sign-in-refused': true, connected: true, disconnected: true },
    ...{ 'token-refreshed': true, 'signed-out': true },
  }
  assert.deepEqual(namesIn('build', 'Act on sign-ins'), Object.keys(hooks))
  const kinds: Record<EventKind, true> = {
    ...{ 'signed-in': true, 'sign-in-refused': true, connected: true, disconnected: true, 'refresh-failed': true },
    ...{ 'session-ended': true, 'signed-out': true, 'account-deleted': true, 'account-disabled': true },
    ...{ 'account-enabled': true, 'accounts-merged': true, 'identities-moved': true },
  }
  assert.deepEqual(namesIn('operate', 'Read the audit trail'), Object.keys(kinds))
})
