import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'dotenv'
import { randomToken } from '../../src/crypto/random.js'
import { ADA, consentAtOnce } from '../support/acme-app.js'
import { type FakeProvider, json, startFakeProvider } from '../support/fake-provider.js'
import { HttpBrowser } from '../support/http-browser.js'
import { Installed } from '../support/installed.js'
import { blocksOf, section } from './pages.js'

let installed: Installed
let fake: FakeProvider
before(async () => {
  installed = new Installed()
  fake = await startFakeProvider()
  consentAtOnce(fake)
})
after(async () => {
  await installed.remove()
  await fake.stop()
})

const text = section('operate', 'Rotate the keys')

const settings = (keys: string | undefined) => ({
  ...fake.settings('acme'),
  // With a port in its name the cookie would be another one after each restart.
  ...{ PORT: '0', COOKIE_PREFIX: 'vestibule', DATABASE_URL: `sqlite:${join(installed.folder, 'rotate.db')}` },
  SECRET_KEYS: keys ?? '',
})

/** The profile as an app with these keys reads it from the provider, with the stored token. */
async function profileUnder(keys: string | undefined, ada: HttpBrowser, during = async () => {}): Promise<string> {
  const serving = await installed.serve(settings(keys))
  const moved = new HttpBrowser(serving.url)
  for (const [host, cookies] of ada.jar) moved.jar.set(host, cookies)
  await moved.follow('/')
  await during()
  const { text: page } = await moved.open('/profile')
  serving.kill('SIGTERM')
  await serving.ended
  for (const [host, cookies] of moved.jar) ada.jar.set(host, cookies)
  return page
}

test('the steps of operate.md replace a key while the app runs, and nobody has to sign in again', async () => {
  const commands = [...text.matchAll(/ENVIRONMENT=prod npx vestibule (.*)\n/g)].map(([, args = '']) => args.split(' '))
  assert.deepEqual(commands, [
    ['keys', 'rotate'],
    ['keys', 'status'],
  ])
  const old = randomToken()
  const ada = new HttpBrowser('http://localhost')
  await profileUnder(old, ada)

  const made = parse((await installed.run(['secrets'])).stdout).SECRET_KEYS ?? ''
  const [block] = blocksOf(text)
  assert.equal(block?.path, 'env/prod/.env.secret')
  const { SECRET_KEYS: both } = parse(block.text.replace('<new key>', made).replace('<old key>', old))
  await profileUnder(both, ada, async () => {
    const [rotate, status] = [
      await installed.run(commands[0] ?? [], settings(both)),
      await installed.run(commands[1] ?? [], settings(both)),
    ]
    assert.equal(rotate.code, 0, rotate.stderr)
    assert.match(rotate.stdout, /^Done: 1 of 1 rows/)
    assert.deepEqual([status.code, status.stdout.split('\n').length], [0, 2])
    assert.match(status.stdout, /^\S{8} {2}newest /)
  })

  const asked = fake.requests.length
  fake.on('/user', json({ ...ADA, name: 'Ada King' }))
  assert.match(await profileUnder(made, ada), /Ada King/)
  assert.deepEqual(
    fake.requests.slice(asked).map(({ path }) => path),
    ['/user'],
  )
})
