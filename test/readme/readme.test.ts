import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { HookName } from '../../src/accounts/hooks.js'
import { isProxyVariable } from '../../src/config/app/proxies.js'
import { parse } from '../../src/config/parse.js'
import { findSetting, isAvailable, markdownRows } from '../../src/config/settings.js'
import { randomToken } from '../../src/crypto/random.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import type { EventKind } from '../../src/store/types.js'
import { ERROR_PAGES } from '../../src/web/errors/error-pages.js'
import { startApp } from '../support/app.js'
import { routedPaths } from '../support/routed-paths.js'
import { blocksOf, ROOT, readme, section, settingsIn } from './document.js'

const PAGES = ['README.md', '.github/CONTRIBUTING.md', '.github/SECURITY.md', '.github/CHANGELOG.md']
const scripts: Record<string, string> = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).scripts

/** Everything that stands in code spans and blocks, and nothing else. */
const codeOf = (text: string) => (text.match(/```[\s\S]*?```|`[^`\n]+`/g) ?? []).join('\n')
/** The cells of the tables in a text, without the rows of headings. */
const tableOf = (text: string) =>
  text
    .split('\n')
    .filter(line => /^\| [`\d]/.test(line))
    .map(line => line.slice(2, -2).split(' | '))

test('the two commands stand in the README to the letter, and the second is what CI runs', () => {
  const commands = section('Start').match(/(?<=```sh\n).*(?=\n```)/g)
  assert.deepEqual(commands, ['npm ci && npm start', 'npm ci && npm test'])
  assert.match(readFileSync(`${ROOT}.ci/run`, 'utf8'), /^npm ci && npm test$/m)
})

test('the settings of the README are those of the table, word by word', () => {
  const rows = section('Settings')
    .split('\n')
    .filter(line => line.startsWith('| `'))
  assert.deepEqual(rows, markdownRows())
})

test('the routes of the README are routed, and the others are not', async () => {
  const app = await startApp({ PROVIDERS: 'dev,dev-oidc' })
  try {
    const reported = tableOf(section('Routes')).flatMap(([route = '']) => /^`([A-Z]+ \/\S*)`$/.exec(route)?.[1] ?? [])
    assert.deepEqual(reported.sort(), await routedPaths(app))
  } finally {
    await app.stop()
  }
})

test('the error codes of the README are those that the app can answer with', () => {
  const reported = tableOf(section('Routes')).flatMap(([status = '', codes = '']) =>
    /^\d+$/.test(status) ? [...codes.matchAll(/\w+/g)].map(([code]) => `${status} ${code}`) : [],
  )
  const known = Object.entries(ERROR_PAGES).map(([code, { status }]) => `${status} ${code}`)
  assert.deepEqual(reported.sort(), known.sort())
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
  for (const page of PAGES) {
    const code = codeOf(readFileSync(ROOT + page, 'utf8'))
    const names = code.match(/(?<![\w<])[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b|\b[A-Z]{3,}(?==)|(?<=^`)[A-Z]{3,}(?=`$)/gm) ?? []
    for (const name of names.filter(each => !others.includes(each) && !isProxyVariable(each))) {
      const setting = findSetting(name)
      assert.ok(setting && isAvailable(setting), `${page} names ${name}`)
    }
  }
})

test('every file that the pages name or show is there', () => {
  const followed = ['Add a page', "Call the provider's API", 'Act on sign-ins'].map(section)
  const made = followed.flatMap(blocksOf).map(({ path }) => path)
  for (const page of PAGES) {
    const text = readFileSync(ROOT + page, 'utf8')
    const named = codeOf(text).match(/(?<![\w/.-])(?:src|views|env|test|migrations|\.github)\/[\w./-]*/g) ?? []
    for (const path of named.filter(each => !each.endsWith('.env.secret') && !made.includes(each))) {
      assert.ok(existsSync(ROOT + path), `${page} names ${path}`)
    }
    const targets = [...text.matchAll(/\]\(([^)#\s]+)|\b(?:src|srcset)="([^"]+)"/g)].map(
      ([, one, other]) => one ?? other,
    )
    for (const target of targets.filter(each => each !== undefined && !/^https?:/.test(each))) {
      assert.ok(existsSync(join(ROOT, dirname(page), target ?? '')), `${page} leads to ${target}`)
    }
  }
})

test('every command that the pages name is one', () => {
  const { stdout } = spawnSync(process.execPath, [`${ROOT}src/cli/vestibule.js`, '--help'], { encoding: 'utf8' })
  const ours = new Set([...stdout.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name))
  const reported = new Set([...section('Commands').matchAll(/^\| `npx vestibule (\w+)`/gm)].map(([, name]) => name))
  assert.deepEqual(reported, ours)
  for (const page of PAGES) {
    const code = codeOf(readFileSync(ROOT + page, 'utf8'))
    for (const [, name = ''] of code.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)) {
      assert.ok(name in scripts, `${page} names npm run ${name}`)
    }
  }
})

test('what production needs at least is enough, and nothing less is', () => {
  const settings = { ...settingsIn('Environments', 'PostgreSQL'), GITHUB_CLIENT_SECRET: randomToken() }
  const check = (values: Record<string, string>) =>
    parse({ environment: 'prod', process: values, files: [], contents: new Map() }, presetCatalog())
  assert.deepEqual(check(settings).warnings, [])
  for (const { name, ...rest } of Object.keys(settings).map(each => ({ ...settings, name: each, [each]: '' }))) {
    if (!['DATABASE_URL', 'TRUSTED_PROXIES'].includes(name))
      assert.throws(() => check(rest), new RegExp(`${name} +is missing`))
  }
})

test('the rules of "Who may enter" are rules', () => {
  const rules = tableOf(section('Who may enter')).map(([rule = '']) => rule.slice(1, -1))
  const values = { PROVIDERS: 'dev,github', GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'given' }
  const read = { ...values, ALLOWED_USERS: rules.join(',') }
  const { config } = parse({ environment: 'local', process: read, files: [], contents: new Map() }, presetCatalog())
  assert.deepEqual(
    config.allowedUsers.map(({ kind }) => kind),
    ['anybody', 'email', 'domain', 'login', 'subject', 'group'],
  )
  assert.ok(readme.includes('`ALLOWED_USERS`'))
})

test('the settings of "Connect a second provider" are enough for two', () => {
  const process = settingsIn('Connect a second provider')
  const { config, warnings } = parse({ environment: 'local', process, files: [], contents: new Map() }, presetCatalog())
  assert.deepEqual([config.providers.map(({ name }) => name), warnings], [['github', 'google'], []])
})

/** What stands in the first column of a section's table, as code. */
const namesIn = (heading: string, column = 0) =>
  tableOf(section(heading)).flatMap(cells => [...(cells[column] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name))

test('the values of ACCOUNT_LINKING in the README are those that there are', () => {
  for (const value of namesIn('Connect a second provider')) {
    const process = { ACCOUNT_LINKING: value ?? '' }
    const { config } = parse({ environment: 'local', process, files: [], contents: new Map() }, presetCatalog())
    assert.equal(config.accountLinking, value)
  }
  assert.deepEqual(namesIn('Connect a second provider'), ['ask', 'verified', 'never'])
})

test('the hooks of the README are those that there are, and so are the events', () => {
  const hooks: Record<HookName, true> = {
    ...{ 'signing-in': true, 'signed-in': true, 'sign-in-refused': true, connected: true, disconnected: true },
    ...{ 'token-refreshed': true, 'signed-out': true },
  }
  assert.deepEqual(namesIn('Act on sign-ins'), Object.keys(hooks))
  const kinds: Record<EventKind, true> = {
    ...{ 'signed-in': true, 'sign-in-refused': true, connected: true, disconnected: true, 'refresh-failed': true },
    ...{ 'session-ended': true, 'signed-out': true, 'account-deleted': true, 'account-disabled': true },
    ...{ 'account-enabled': true, 'accounts-merged': true, 'identities-moved': true },
  }
  assert.deepEqual(namesIn('Read the audit trail'), Object.keys(kinds))
})
