import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { type Settings, startApp, type TestApp } from '../../support/app.js'
import { type CertifiedProvider, startCertifiedProvider } from '../../support/certified-provider.js'
import { AS_A_PAGE, HttpBrowser, hiddenFields, type Page } from '../../support/http-browser.js'

const SECRET = 'a secret with % and +, as long as it has to be'

/** What a browser says of a form on a page of another site; cookies are not among it, because ours are Lax. */
const CROSS_SITE = { ...AS_A_PAGE, Origin: 'null', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }

let now = Date.now()
let certified: CertifiedProvider
before(async () => {
  certified = await startCertifiedProvider()
})
after(() => certified.stop())

/** The four settings, and no more; its client is registered as the settings want it. */
const four = (name: string): Settings => {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return {
    [`${prefix}_PROTOCOL`]: 'oidc',
    [`${prefix}_ISSUER`]: certified.issuer,
    [`${prefix}_CLIENT_ID`]: `client of ${name}`,
    [`${prefix}_CLIENT_SECRET`]: SECRET,
  }
}

function register({ origin }: TestApp, name: string, more: Record<string, string> = {}): void {
  certified.register({
    client_id: `client of ${name}`,
    client_secret: SECRET,
    redirect_uris: [`${origin}/oauth/${name}/callback`],
    ...more,
  })
}

const startWith = (names: string[], more: Settings = {}): Promise<TestApp> =>
  startApp(
    {
      PROVIDERS: names.join(),
      DEFAULT_PROVIDER: '',
      ACCOUNT_LINKING: 'never',
      ...Object.assign({}, ...names.map(four)),
      ...more,
    },
    { now: () => now },
  )

/** Up to the provider's answer, which is not taken back to the app yet. */
async function callbackUrlOf(visitor: HttpBrowser, name: string, button: Record<string, string> = { person: 'ada' }) {
  let page = await visitor.open(`/login/${name}?return_to=/profile`)
  for (let hops = 0; hops < 5 && !isOver(visitor, page); hops++) page = await visitor.open(page.location ?? '')
  if (page.text.includes('<button name="person"')) page = await visitor.submit(page, '', button)
  for (let hops = 0; hops < 5 && !isOver(visitor, page); hops++) page = await visitor.open(page.location ?? '')
  return page
}

const isOver = (visitor: HttpBrowser, { location }: Page): boolean =>
  location === undefined || location.startsWith(`${visitor.origin}/oauth/`)

async function signIn(visitor: HttpBrowser, name: string): Promise<Page> {
  const response = await callbackUrlOf(visitor, name)
  return visitor.follow(response.location ?? response.url)
}

async function assertAda(visitor: HttpBrowser): Promise<void> {
  const { signed_in: signedIn, user } = await sessionOf(visitor)
  assert.equal(signedIn, true)
  const { id: _, roles: __, ...reported } = user
  assert.deepEqual(reported, {
    ...{ name: 'Ada Lovelace', login: 'ada', email: 'ada@example.org', email_verified: true },
    picture: 'https://p.example/ada.png',
  })
}

describe('In front of a certified OpenID provider, four settings', () => {
  let app: TestApp
  before(async () => {
    app = await startWith(['acme'])
    register(app, 'acme')
  })
  after(() => app.stop())

  test('four settings are enough to sign in, with PKCE, and to read the profile with the token of the sign-in', async () => {
    const ada = new HttpBrowser(app.origin)
    const page = await signIn(ada, 'acme')
    assert.equal(page.url, `${app.origin}/profile`)
    assert.ok(page.text.includes('ada@example.org'), page.text)
    await assertAda(ada)
  })

  test('RFC 9207: the response of a certified OpenID provider names the issuer, and without the name it is refused', async () => {
    const ada = new HttpBrowser(app.origin)
    const { location = '' } = await callbackUrlOf(ada, 'acme')
    const bare = new URL(location)
    assert.equal(bare.searchParams.get('iss'), certified.issuer)
    bare.searchParams.delete('iss')
    assertRefused(await ada.open(bare.href), 400, 'issuer_mismatch')
    assert.equal((await ada.follow(location)).url, `${app.origin}/profile`)
  })

  test('a sign-in that is denied at a certified OpenID provider is refused, and the page says so', async () => {
    const ada = new HttpBrowser(app.origin)
    const { location = '' } = await callbackUrlOf(ada, 'acme', { deny: 'yes' })
    const page = await ada.open(location)
    assertRefused(page, 403, 'provider_denied')
    assert.ok(page.text.includes('Not today'), page.text)
    assert.deepEqual(await sessionOf(ada), { signed_in: false })
  })

  test('a rotation of the keys of a certified OpenID provider costs one fetch at the next sign-in', async () => {
    await signIn(new HttpBrowser(app.origin), 'acme')
    const before = certified.keyFetches()
    await signIn(new HttpBrowser(app.origin), 'acme')
    assert.equal(certified.keyFetches(), before)
    certified.rotateKeys()
    now += 61_000
    const ada = new HttpBrowser(app.origin)
    await signIn(ada, 'acme')
    await assertAda(ada)
    assert.equal(certified.keyFetches(), before + 1)
  })

  test('two sign-ins at a certified OpenID provider are one user', async () => {
    const [first, second] = [new HttpBrowser(app.origin), new HttpBrowser(app.origin)]
    for (const visitor of [first, second]) await signIn(visitor, 'acme')
    assert.equal((await sessionOf(first)).user.id, (await sessionOf(second)).user.id)
  })
})

describe('In front of a certified OpenID provider, a client', () => {
  const ALGS = ['RS256', 'PS256', 'ES256', 'EdDSA']
  const byAlg = ALGS.flatMap(alg => [alg.toLowerCase(), `only-${alg.toLowerCase()}`])
  const others = ['post', 'posted', 'fresh', 'recent', 'pinned']
  let app: TestApp
  before(async () => {
    app = await startWith([...byAlg, ...others], {
      ...Object.fromEntries(ALGS.map(alg => [`ONLY_${alg.toUpperCase()}_ID_TOKEN_ALG`, alg])),
      POST_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post',
      POSTED_RESPONSE_MODE: 'form_post',
      FRESH_MAX_AGE: '0',
      RECENT_MAX_AGE: '12h',
      PINNED_ID_TOKEN_ALG: 'ES256',
    })
    for (const alg of ALGS)
      for (const name of byAlg.filter(each => each.endsWith(alg.toLowerCase())))
        register(app, name, { id_token_signed_response_alg: alg })
    for (const name of others) register(app, name)
    register(app, 'post', { token_endpoint_auth_method: 'client_secret_post' })
  })
  after(() => app.stop())

  for (const alg of ALGS) {
    test(`ID tokens of a certified OpenID provider that are signed with ${alg} are accepted, by the metadata and by the setting`, async () => {
      for (const name of [alg.toLowerCase(), `only-${alg.toLowerCase()}`]) {
        const ada = new HttpBrowser(app.origin)
        await signIn(ada, name)
        await assertAda(ada)
      }
    })
  }

  test('ID_TOKEN_ALG refuses ID tokens of a certified OpenID provider with another algorithm', async () => {
    const ada = new HttpBrowser(app.origin)
    assertRefused(await signIn(ada, 'pinned'), 502, 'id_token_invalid')
    register(app, 'pinned', { id_token_signed_response_alg: 'ES256' })
    await signIn(ada, 'pinned')
    await assertAda(ada)
  })

  test('a certified OpenID provider gets the secret in the form or in the header, as it requires', async () => {
    for (const [name, proof] of [
      ['post', 'client_secret_post'],
      ['rs256', 'client_secret_basic'],
    ] as const) {
      const ada = new HttpBrowser(app.origin)
      await signIn(ada, name)
      await assertAda(ada)
      assert.equal(certified.proofs.at(-1), proof)
    }
  })

  test('a response that a certified OpenID provider posts, without cookies, signs the user in', async () => {
    const ada = new HttpBrowser(app.origin)
    const page = await callbackUrlOf(ada, 'posted')
    const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1]
    assert.equal(action, `${app.origin}/oauth/posted/callback`)
    const form = hiddenFields(page.text)
    assert.equal(form.iss, certified.issuer)
    const back = await new HttpBrowser(app.origin).ask(action, { method: 'POST', form, headers: CROSS_SITE })
    assert.equal(back.status, 303, back.text)
    assert.ok(!back.location?.includes(form.code ?? ''))
    await ada.follow(back.location ?? '')
    await assertAda(ada)
  })

  test('max_age at a certified OpenID provider forces a new sign-in only if the last one is too old', async () => {
    const ada = new HttpBrowser(app.origin)
    const asksAgain = async (name: string) => {
      const start = await ada.open(`/login/${name}`)
      return (await ada.follow(start.location ?? '')).text.includes('<button name="person"')
    }
    await signIn(ada, 'recent')
    await assertAda(ada)
    assert.equal(await asksAgain('recent'), false)
    assert.equal(await asksAgain('fresh'), true)
    await signIn(ada, 'fresh')
    await assertAda(ada)
  })
})

test('B-09 B-40 DISCOVERY_URL can lead to the internal name of a certified OpenID provider: the issuer stays, and the ID token alone names the user', async t => {
  const inside = certified.issuer.replace('127.0.0.1', 'localhost')
  const app = await startWith(['inner'], {
    INNER_DISCOVERY_URL: `${inside}/.well-known/openid-configuration`,
    INNER_USER_URL: 'none',
  })
  t.after(() => app.stop())
  register(app, 'inner')
  const ada = new HttpBrowser(app.origin)
  // oidc-provider names its endpoints by the host that it is called by.
  assert.ok((await ada.open('/login/inner')).location?.startsWith(`${inside}/auth?`))
  assert.equal((await signIn(ada, 'inner')).url, `${app.origin}/profile`)
  const { user } = await sessionOf(ada)
  // What it knows of people it tells at its user endpoint only (OpenID Connect Core, 5.4).
  assert.deepEqual([user.name, user.email, user.email_verified], [null, null, false])
  const again = new HttpBrowser(app.origin)
  await signIn(again, 'inner')
  assert.equal((await sessionOf(again)).user.id, user.id)
})
