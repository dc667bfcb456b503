import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../src/config/parse.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { newSigner } from '../oauth/signers.js'
import { startApp } from '../support/app.js'
import { HttpBrowser } from '../support/http-browser.js'
import { headingsOf, type PageName, section, settingsIn, textOf } from './pages.js'

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

const OWN = 'Sign in with a provider of your own'

test('each way to sign in of providers.md is checked here', () => {
  const headings = headingsOf(textOf('providers'), 2).filter(heading => heading.startsWith('Sign in with '))
  const parts = headingsOf(section('providers', OWN), 3)
  assert.deepEqual([...headings.filter(heading => heading !== OWN), ...parts], Object.keys(SECTIONS))
})

const { pem } = await newSigner('ES256')
const contents = new Map([['/run/secrets/apple.p8', { text: pem }]])
/** What is there in production already. */
const { PUBLIC_URL, SECRET_KEYS, TRUSTED_PROXIES } = settingsIn('deploy', 'The settings of production')
const PRODUCTION = { PUBLIC_URL, SECRET_KEYS, TRUSTED_PROXIES, ALLOWED_USERS: '*' }

/** The README has the shortest way to GitHub, too. */
const WAYS: [PageName, keyof typeof SECTIONS][] = [
  ...(Object.keys(SECTIONS) as (keyof typeof SECTIONS)[]).map((heading): [PageName, typeof heading] => [
    'providers',
    heading,
  ]),
  ['README', 'Sign in with GitHub'],
]

for (const [page, heading] of WAYS) {
  const text = section(page, heading)

  test(`the settings of "${heading}" in ${page}.md are all it takes, and their callback URL is the one to register`, () => {
    const environment = text.includes('`env/prod/.env`') ? 'prod' : 'local'
    const settings = { ...(environment === 'prod' && PRODUCTION), ...settingsIn(page, heading) }
    const { config, warnings } = parse({ environment, process: settings, files: [], contents }, presetCatalog())
    assert.deepEqual(warnings, [])
    const [provider, ...more] = config.providers.map(each => createProvider(each, 'http://127.0.0.1:3001'))
    assert.ok(provider && more.length === 0)
    const leadsTo = provider.protocol === 'oidc' ? provider.issuer : provider.authorizeUrl
    const target = SECTIONS[heading]
    if (typeof target === 'string') assert.equal(leadsTo, target)
    else assert.match(leadsTo, target)
    const callback = `${config.publicUrl ?? 'http://localhost:3000'}${provider.callbackPath}`
    const own = section('providers', OWN).split('###', 1).join()
    assert.ok(`${own}${text}`.includes(`\`${callback}\``), callback)
  })
}

for (const [page, heading] of [
  ['README', 'Sign in with GitHub'],
  ['providers', 'Sign in with GitHub'],
  ['providers', 'OAuth 2.0'],
] as const) {
  test(`"${heading}" of ${page}.md leads to the provider from the home page, and back to the callback URL to register`, async () => {
    const app = await startApp(settingsIn(page, heading))
    try {
      const { location = '' } = await new HttpBrowser(app.origin).open('/')
      const url = new URL(location)
      assert.equal(url.origin + url.pathname, SECTIONS[heading])
      const callback = new URL(url.searchParams.get('redirect_uri') ?? '')
      assert.ok(section(page, heading).includes(`\`http://localhost:3000${callback.pathname}\``), callback.pathname)
    } finally {
      await app.stop()
    }
  })
}
