import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../src/config/parse.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { newSigner } from '../oauth/signers.js'
import { startApp } from '../support/app.js'
import { HttpBrowser } from '../support/http-browser.js'
import { readme, section, settingsIn } from './document.js'

/** Where each section leads people to, or whom it asks for that. */
const SECTIONS = {
  'Sign in with GitHub': 'https://github.com/login/oauth/authorize',
  'Sign in with Google': 'https://accounts.google.com',
  'Sign in with Microsoft': /^https:\/\/login\.microsoftonline\.com\/[\da-f-]{36}\/v2\.0$/,
  'Sign in with Apple': 'https://appleid.apple.com',
  'Sign in with X (OAuth 1.0a)': 'https://api.x.com/oauth/authenticate',
  'OpenID Connect': 'https://id.acme.example',
  'OAuth 2.0': 'https://id.acme.example/oauth/authorize',
  'OAuth 1.0a': 'https://id.acme.example/oauth/authorize',
}

test('each "Sign in with ..." of the README is looked at here', () => {
  const headings = [...readme.matchAll(/^## (Sign in with .*)$/gm)].map(([, heading = '']) => heading)
  const own = 'Sign in with a provider of your own'
  const parts = [...section(own).matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading)
  assert.deepEqual([...headings.filter(heading => heading !== own), ...parts], Object.keys(SECTIONS))
})

const { pem } = await newSigner('ES256')
const contents = new Map([['/run/secrets/apple.p8', { text: pem }]])
/** What is there in production already. */
const { PUBLIC_URL, SECRET_KEYS, TRUSTED_PROXIES } = settingsIn('Environments')
const PRODUCTION = { PUBLIC_URL, SECRET_KEYS, TRUSTED_PROXIES, ALLOWED_USERS: '*' }

for (const [heading, place] of Object.entries(SECTIONS)) {
  test(`the settings of "${heading}" are all it takes, and their callback URL is the one to register`, () => {
    const environment = section(heading).includes('`env/prod/.env`') ? 'prod' : 'local'
    const settings = { ...(environment === 'prod' && PRODUCTION), ...settingsIn(heading) }
    const check = (values: Record<string, string | undefined>) =>
      parse({ environment, process: values, files: [], contents }, presetCatalog())
    const { config, warnings } = check(settings)
    assert.deepEqual(warnings, [])
    const [row, ...more] = config.providers.map(each => createProvider(each, 'http://127.0.0.1:3001'))
    assert.ok(row && more.length === 0)
    const leadsTo = row.protocol === 'oidc' ? row.issuer : row.authorizeUrl
    if (typeof place === 'string') assert.equal(leadsTo, place)
    else assert.match(leadsTo, place)
    const callback = `${config.publicUrl ?? 'http://localhost:3000'}${row.callbackPath}`
    const own = section('Sign in with a provider of your own')
    assert.ok(`${own.split('###')[0]}${section(heading)}`.includes(`\`${callback}\``), callback)
  })
}

for (const heading of ['Sign in with GitHub', 'OAuth 2.0'] as const) {
  test(`"${heading}" leads there from the first page on, and back to the callback URL that it says to register`, async () => {
    const app = await startApp(settingsIn(heading))
    try {
      const { location = '' } = await new HttpBrowser(app.origin).open('/')
      const url = new URL(location)
      assert.equal(url.origin + url.pathname, SECTIONS[heading])
      const callback = new URL(url.searchParams.get('redirect_uri') ?? '')
      assert.ok(section(heading).includes(`\`http://localhost:3000${callback.pathname}\``), callback.pathname)
    } finally {
      await app.stop()
    }
  })
}
