import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { randomToken } from '../../src/crypto/random.js'
import { Installed } from '../support/installed.js'

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

const secretFile = () => join(installed.folder, 'env/local/.env.secret')
const SETTINGS = { PORT: '0', DATABASE_URL: 'sqlite::memory:' }

describe('An env file that cannot be read', () => {
  afterEach(() => rmSync(secretFile(), { force: true }))

  const files: Record<string, readonly [content: string | Buffer, received: RegExp]> = {
    'B-20: a secret that is cut': [
      'PROVIDERS=github\nGITHUB_CLIENT_SECRET=hunter2#def',
      /env\/local\/\.env\.secret, line 2: has # in the value of GITHUB_CLIENT_SECRET, .*single quotes/,
    ],
    'B-21: a line without =': [
      'PROVIDERS github',
      /\.env\.secret, line 1: has no = after PROVIDERS; write PROVIDERS=value/,
    ],
    'B-21: UTF-16': [
      Buffer.from('\u{feff}PROVIDERS=github\r\n', 'utf16le'),
      /env\/local\/\.env\.secret is saved as UTF-16; save it as UTF-8/,
    ],
  }
  for (const [what, [content, reported]] of Object.entries(files)) {
    test(`an env file that cannot be read stops the start with 78, in local too: ${what}`, async () => {
      writeFileSync(secretFile(), content)
      const { code, stdout, stderr } = await installed.run(['serve'], SETTINGS)
      assert.deepEqual([code, stdout], [78, ''])
      assert.match(stderr, reported)
      assert.doesNotMatch(stderr, /hunter2/)
    })
  }
})

test('B-32 a database that cannot be used stops each command with its place and the remedy, and no password', async () => {
  const settings = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/vestibule', PORT: '0' }
  for (const args of [['serve'], ['migrate'], ['users', 'list']]) {
    const { code, stderr } = await installed.run(args, settings)
    assert.equal(code, 1, args.join(' '))
    const reported =
      'PostgreSQL at 127.0.0.1:1 cannot be reached (ECONNREFUSED); DATABASE_URL names it: is it running?\n'
    assert.equal(stderr, reported)
  }
})

test('P13 a start in local prints the callback URL of each provider that has to know it', async () => {
  const serving = await installed.serve({
    ...SETTINGS,
    SECRET_KEYS: randomToken(),
    PROVIDERS: 'dev,github,acme',
    DEFAULT_PROVIDER: '',
    GITHUB_CLIENT_ID: 'x',
    GITHUB_CLIENT_SECRET: 'y',
    ACME_PROTOCOL: 'oidc',
    ACME_ISSUER: 'https://id.acme.test',
    ACME_CLIENT_ID: 'x',
    ACME_CLIENT_SECRET: 'y',
    ACME_CALLBACK_PATH: '/cb',
    BASE_PATH: '/auth',
  })
  serving.kill('SIGTERM')
  const { stdout } = await serving.ended
  const lines = stdout.split('\n').map(line => line.trim().split(/ {2,}/))
  const begin = lines.findIndex(([first]) => first === 'Callback URLs to register:')
  assert.deepEqual(lines.slice(begin + 1, begin + 4), [
    ['GitHub', `${serving.url}oauth/github/callback`],
    ['acme', `${serving.url}cb`],
    [''],
  ])
})

test('a start in local prints none where the development provider is the only one', async () => {
  const serving = await installed.serve({ ...SETTINGS, SECRET_KEYS: randomToken() })
  serving.kill('SIGTERM')
  assert.doesNotMatch((await serving.ended).stdout, /Callback/)
})
