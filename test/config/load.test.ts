import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { problemOfKey } from '../../src/config/app/secret-keys.js'
import { load, makeSecretKey } from '../../src/config/load.js'
import { catalog, configErrorOf, issuesOf, KEY, prod, warningsOf } from './parse-settings.js'

const project = new URL('../../../', import.meta.url).pathname
const roots: string[] = []
after(() => {
  for (const root of roots) rmSync(root, { recursive: true })
})

/** A root of its own, with the committed env files and those given. */
function rootWith(files: Record<string, string | Buffer> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'vestibule-config-'))
  roots.push(root)
  for (const name of ['local', 'staging', 'prod']) {
    cpSync(join(project, `env/${name}/.env`), join(root, `env/${name}/.env`), { recursive: true })
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

const lines = (values: object) =>
  Object.entries(values)
    .map(line => line.join('='))
    .join('\n')

test('the committed env/local works as it is', () => {
  const root = rootWith()
  const { config, warnings } = load(root, catalog, {})
  assert.deepEqual(warnings, [])
  assert.equal(config.environment, 'local')
  assert.equal(config.defaultProvider, 'dev')
  assert.deepEqual(
    config.providers.map(({ name }) => name),
    ['dev', 'dev-oidc', 'dev-oauth1'],
  )
  assert.equal(config.databaseUrl, `sqlite:${root}/var/vestibule.db`)
})

for (const environment of ['staging', 'prod']) {
  test(`the committed env/${environment} asks for what only its owner knows, and for nothing else`, () => {
    const root = rootWith()
    const { issues } = configErrorOf(() => load(root, catalog, { ENVIRONMENT: environment }))
    assert.deepEqual(
      issues.map(({ setting }) => setting),
      ['PUBLIC_URL', 'SECRET_KEYS', 'PROVIDERS', 'ALLOWED_USERS'],
    )
    const { config, warnings } = load(root, catalog, { ENVIRONMENT: environment, ...prod })
    assert.deepEqual(warnings, [])
    assert.equal(config.environment, environment)
  })
}

test('the committed files hold no secret', () => {
  for (const name of ['local', 'staging', 'prod']) {
    assert.doesNotMatch(readFileSync(join(project, `env/${name}/.env`), 'utf8'), /^\w*(SECRET|KEY)\w*=/m)
  }
})

test('.env.secret goes before .env, and the process environment before both', () => {
  const root = rootWith({ 'env/prod/.env.secret': `${lines(prod)}\nLOG_LEVEL=debug\n` })
  assert.equal(load(root, catalog, { ENVIRONMENT: 'prod' }).config.logLevel, 'debug')
  assert.equal(load(root, catalog, { ENVIRONMENT: 'prod', LOG_LEVEL: 'warn' }).config.logLevel, 'warn')
})

test('a NAME_FILE is read, a relative one from the root', () => {
  const root = rootWith({ 'keys/one': `${KEY}\n`, 'env/prod/.env.secret': 'SECRET_KEYS_FILE=keys/one' })
  const { SECRET_KEYS: _, ...rest } = prod
  assert.deepEqual(load(root, catalog, { ...rest, ENVIRONMENT: 'prod' }).config.secretKeys, [KEY])
})

test('CF-06 a NAME_FILE that is missing, a folder or far too large is an issue', () => {
  const root = rootWith({ 'keys/large': 'x'.repeat(100_000) })
  const faultOf = (path: string) => issuesOf(() => load(root, catalog, { LOG_LEVEL_FILE: path }))[0]
  assert.match(faultOf('keys/none') ?? '', /names the file "keys\/none", which does not exist/)
  assert.match(faultOf('keys') ?? '', /which is not a file/)
  assert.match(faultOf('/dev/zero') ?? '', /which is not a file/)
  assert.match(faultOf('keys/large') ?? '', /which is too large/)
})

test('ENVIRONMENT names a folder of env/, and nothing outside it', () => {
  const root = rootWith({ 'outside/.env': '' })
  const is = (environment: string) => issuesOf(() => load(root, catalog, { ENVIRONMENT: environment }))
  assert.deepEqual(is('production'), [
    'ENVIRONMENT is "production", but there is no folder env/production; write local, prod or staging',
  ])
  for (const name of ['../outside', 'Prod', '.', '-x', 'a/b', '1'])
    assert.match(is(name).join(), /write a name such as/)
  assert.equal(load(root, catalog, { ENVIRONMENT: '' }).config.environment, 'local')
})

test('W15: where env has no folder at all, the one that is missing is to be made', () => {
  const root = mkdtempSync(join(tmpdir(), 'vestibule-config-'))
  roots.push(root)
  assert.deepEqual(
    issuesOf(() => load(root, catalog, { ENVIRONMENT: 'prod' })),
    ['ENVIRONMENT is "prod", but there is no folder env/prod; make it, with a file .env in it'],
  )
})

test("an environment of one's own is as strict as prod", () => {
  const root = rootWith({ 'env/demo/.env': 'PUBLIC_URL=http://demo.acme.test' })
  assert.match(issuesOf(() => load(root, catalog, { ENVIRONMENT: 'demo' })).join(), /demo needs https:\/\//)
})

test('a file that cannot be read is an issue and not an empty file', () => {
  const root = rootWith({ 'env/prod/.env.secret/x': '' })
  assert.deepEqual(
    issuesOf(() => load(root, catalog, { ...prod, ENVIRONMENT: 'prod' })),
    ['env/prod/.env.secret is not a file'],
  )
})

test('B-21: a line that cannot be read never starts the app with the development provider, in local neither', () => {
  const secret = 'hunter2'
  const cases: Record<string, string[]> = {
    'PROVIDERS github': ['line 1: has no = after PROVIDERS; write PROVIDERS=value'],
    [`PROVIDERS: github\n\n${secret}`]: [
      'line 1: has : after PROVIDERS in place of =; write PROVIDERS=value',
      'line 3: is neither NAME=value nor a comment that begins with #; a value of several lines must be in quotes',
    ],
    [`PROVIDERS=github\nGITHUB_CLIENT_ID=x\nGITHUB_CLIENT_SECRET=${secret}#2`]: [
      "line 3: has # in the value of GITHUB_CLIENT_SECRET, where a comment could begin; put the value into single quotes: GITHUB_CLIENT_SECRET='...'",
    ],
  }
  for (const [text, lines] of Object.entries(cases)) {
    for (const name of ['.env', '.env.secret']) {
      const file = `env/local/${name}`
      const { message, issues } = configErrorOf(() => load(rootWith({ [file]: text }), catalog, {}))
      const found = issues.map(({ setting, text }) => `${setting} ${text}`)
      assert.deepEqual(
        found,
        lines.map(line => `${file}, ${line}`),
      )
      assert.ok(!message.includes(secret), message)
    }
  }
})

test('B-21: a file in another encoding stops the start by itself, and so does what a NAME_FILE names', () => {
  const utf16 = (text: string) => Buffer.from(`\u{feff}${text}`, 'utf16le')
  const root = rootWith({ 'env/local/.env.secret': utf16('PROVIDERS=github'), 'keys/one': utf16(KEY) })
  assert.deepEqual(
    issuesOf(() => load(root, catalog, {})),
    ['env/local/.env.secret is saved as UTF-16; save it as UTF-8'],
  )
  const file = { ...prod, SECRET_KEYS: '', SECRET_KEYS_FILE: `${root}/keys/one` }
  assert.match(
    issuesOf(() => load(root, catalog, { ...file, ENVIRONMENT: 'prod' })).join(),
    /^SECRET_KEYS_FILE names .*, which is saved as UTF-16; save it as UTF-8$/,
  )
})

test('B-21: a setting on a line that cannot be read does not count as missing as well', () => {
  const root = rootWith({ 'env/prod/.env.secret': lines({ ...prod, PROVIDERS: '“github”', SECRET_KEYS: `'${KEY}` }) })
  assert.deepEqual(
    configErrorOf(() => load(root, catalog, { ENVIRONMENT: 'prod' })).issues.map(({ setting }) => setting),
    ['env/prod/.env.secret, line 2:', 'env/prod/.env.secret, line 3:'],
  )
})

test('relative SQLite paths start at the root, other databases are left alone', () => {
  const root = rootWith()
  const urlOf = (url: string) => load(root, catalog, { DATABASE_URL: url }).config.databaseUrl
  assert.equal(urlOf('sqlite:data/x.db'), `sqlite:${root}/data/x.db`)
  for (const url of ['sqlite:/srv/x.db', 'sqlite::memory:', 'postgres://u:p@db/x']) assert.equal(urlOf(url), url)
})

test('in local a key is made once, for its owner only, and kept', () => {
  const root = rootWith()
  const keys = load(root, catalog, {}).config.secretKeys
  assert.equal(keys.length, 1)
  assert.equal(problemOfKey(keys[0] ?? ''), undefined)
  assert.deepEqual(load(root, catalog, {}).config.secretKeys, keys)
  assert.equal(statSync(join(root, 'var/secret-keys')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(root, 'var')), ['secret-keys'])
  assert.notDeepEqual(load(rootWith(), catalog, {}).config.secretKeys, keys)
})

test('no key is made where one is given, where it is required or where the configuration is bad', () => {
  const root = rootWith()
  assert.deepEqual(load(root, catalog, { SECRET_KEYS: KEY }).config.secretKeys, [KEY])
  assert.throws(() => load(root, catalog, { ENVIRONMENT: 'prod' }))
  assert.throws(() => load(root, catalog, { PORT: 'x' }))
  assert.equal(readdirSync(root).includes('var'), false)
})

test('a kept key that is none is an issue, and shows nothing of it', () => {
  const root = rootWith({ 'var/secret-keys': 'hunter2' })
  assert.deepEqual(
    issuesOf(() => load(root, catalog, {})),
    ['SECRET_KEYS is kept in var/secret-keys, which holds no key; remove that file'],
  )
})

test('the one who comes second to make the key leaves the first one in place', () => {
  const path = join(rootWith(), 'var/secret-keys')
  makeSecretKey(path)
  const first = readFileSync(path, 'utf8')
  makeSecretKey(path)
  assert.equal(readFileSync(path, 'utf8'), first)
})

test('processes that start together agree on the key', async () => {
  const root = rootWith()
  const program = `
    import { load, makeSecretKey } from ${JSON.stringify(new URL('../../src/config/load.js', import.meta.url).href)}
    process.stdin.once('data', () => {
      process.stdout.write(load(${JSON.stringify(root)}, ${JSON.stringify(catalog)}, {}).config.secretKeys.join())
      process.exit()
    })
    process.stdout.write('ready ')`
  const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', program]))
  const message = children.map(async child => {
    let text = ''
    for await (const chunk of child.stdout) text += chunk
    return text
  })
  await Promise.all(children.map(child => once(child.stdout, 'readable')))
  for (const child of children) child.stdin.end('go')

  const keys = new Set(await Promise.all(message))
  assert.deepEqual([...keys], [`ready ${readFileSync(join(root, 'var/secret-keys'), 'utf8').trim()}`])
})

test('warnings come with the configuration', () => {
  const root = rootWith({ 'env/local/.env.secret': 'GITLAB_CLIENT_ID=x' })
  assert.deepEqual(warningsOf(load(root, catalog, {})), [
    'GITLAB_CLIENT_ID in env/local/.env.secret is for a provider that PROVIDERS does not name',
  ])
})
