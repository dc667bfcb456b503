import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AcmeBrowser, assertRefused, retryPath } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { callbackUrl, type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { hostilePaths, wrongWith } from '../../support/hostile-paths.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { rawHeader, sendRaw } from '../../support/raw-request.js'

const RESERVED = ['/login', '/logout', '/oauth', '/signed-out']

let acme: FakeProvider
let app: TestApp

before(async () => {
  acme = await startFakeProvider()
  const more = { PROVIDERS: 'acme,dev', ACCOUNT_LINKING: 'never', LOG_LEVEL: 'silent' }
  app = await startApp({ ...acme.settings(), ...more })
})
after(async () => {
  await app.stop()
  await acme.stop()
})

const newBrowser = () => new AcmeBrowser(app.origin)
const query = (returnTo: string) => new URLSearchParams({ return_to: returnTo })

/** Where the end of a whole sign-in with this query leads, as the Location header has it. */
async function endOf(search: string): Promise<string> {
  const back = await newBrowser().signInAs('ada', `/login/acme?${search}`)
  assert.equal(back.status, 303, back.text)
  return String(back.headers.location)
}

test('a return path over HTTP that is good leads there, its query and fragment included', async () => {
  for (const path of ['/', '/profile', '/profile?a=1&b=%C3%A4#c', '/x/login-help']) {
    assert.equal(await endOf(`${query(path)}`), path)
  }
})

test('a return path over HTTP that is hostile leads to our own origin at the end of a sign-in', async () => {
  // Each whole sign-in costs a few milliseconds, so every fifth line of the corpus goes this way.
  for (const [index, path] of hostilePaths.entries()) {
    if (index % 5 > 0) continue
    assert.equal(wrongWith(await endOf(`${query(path)}`), app.origin, RESERVED), undefined, JSON.stringify(path))
  }
})

test('a return path over HTTP that is hostile leads to our own origin through the development provider as well', async () => {
  for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example/', '/\t/evil.example', '/.//evil']) {
    const callback = await new HttpBrowser(app.origin).callbackUrl('ada', `/login/dev?${query(path)}`)
    assert.ok(callback.startsWith(`${app.origin}/oauth/dev/callback?`), callback)
    const visitor = new HttpBrowser(app.origin)
    const home = await visitor.signIn('ada', `/login/dev?${query(path)}`)
    assert.equal(home.url, `${app.origin}/`, path)
  }
})

test('a return path over HTTP that is hostile is in no link of the choice', async () => {
  for (const path of hostilePaths) {
    const page = await newBrowser().open(`/login?${query(path)}`)
    assert.equal(page.status, 200, JSON.stringify(path))
    const saved = retryPath(page)
    if (saved !== null) assert.equal(wrongWith(saved, app.origin, RESERVED), undefined, JSON.stringify(path))
    for (const [, href = ''] of page.text.matchAll(/href="([^"]*)"/g)) {
      assert.equal(new URL(href, page.url).origin, app.origin, JSON.stringify(path))
    }
  }
})

test('OR-41 a return path over HTTP that would split a header does not, nor makes a 500', async () => {
  for (const search of ['return_to=/ok%0d%0aSet-Cookie:%20a=b', 'return_to=/ok%250d%250aSet-Cookie:a=b']) {
    const visitor = newBrowser()
    const back = await visitor.signInAs('ada', `/login/acme?${search}`)
    assert.equal(back.location, `${app.origin}/`)
    assert.equal(visitor.cookies().has('a'), false)
  }
})

test('OR-43 a return path over HTTP into a page that loops or acts leads home', async () => {
  const loops = ['/login', '/login/acme', '/logout', '/login?return_to=/login', '/oauth/acme/callback?code=x&state=y']
  for (const path of [...loops, '/LOGOUT', '/%6cogout', '/x/../logout', '/signed-out']) {
    assert.equal(await endOf(`${query(path)}`), '/', path)
  }
})

test('OR-43 a return path over HTTP into a callback path that was chosen by hand leads home', async () => {
  const moved = await startApp({ ...acme.settings(), ACME_CALLBACK_PATH: '/auth/done', LOG_LEVEL: 'silent' })
  try {
    const visitor = new AcmeBrowser(moved.origin)
    const back = await visitor.signInAs('ada', '/login/acme?return_to=/auth/done?code=x')
    assert.equal(back.location, `${moved.origin}/`)
  } finally {
    await moved.stop()
  }
})

test('OR-44 a return path over HTTP that is given twice, or as a list or an object, leads home', async () => {
  const shapes = ['return_to=/a&return_to=//evil', 'return_to=/a&return_to=/b', 'return_to[]=//evil', 'return_to[x]=/a']
  for (const search of [...shapes, 'return_to', 'return_to=', 'return_to=%', 'return_to=%ff']) {
    assert.equal(await endOf(search), '/', search)
    assert.equal((await newBrowser().open(`/login?${search}`)).status, 200, search)
  }
})

test('OR-47 a return path over HTTP that was captured from the request itself is judged alike', async () => {
  const wanted: [string, string][] = [
    ['http://evil.example/profile', '/'],
    ['//', '/'],
    ['//evil.example/profile', 'not found'],
    ['//profile', 'not found'],
    ['/profile?next=//evil.example', '/profile?next=//evil.example'],
    ['/profile?\\evil.example', '/'],
    [`/profile?${'a'.repeat(2000)}`, '/'],
  ]
  for (const [target, expected] of wanted) {
    const lines = [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Accept: text/html']
    const response = await sendRaw(app.origin, lines)
    if (expected === 'not found') {
      assert.match(response, /^HTTP\/1\.1 404 /, target)
      assert.equal(rawHeader(response, 'Location'), undefined)
      continue
    }
    const cookie = rawHeader(response, 'Set-Cookie')?.split(';', 1)[0] ?? ''
    const callback = callbackUrl(rawHeader(response, 'Location') ?? '')
    assert.equal((await newBrowser().open(callback, { Cookie: cookie })).headers.location, expected, target)
  }
})

test('OR-50 a return path over HTTP is not taken by signing out at all', async () => {
  for (const name of ['return_to', 'rd', 'post_logout_redirect_uri', 'redirect_uri', 'next']) {
    const visitor = newBrowser()
    await visitor.signInAs()
    const search = new URLSearchParams({ [name]: 'https://evil.example/' })
    const button = await visitor.open(`/logout?${search}`)
    assert.doesNotMatch(button.text, /evil\.example/)
    const page = await visitor.submit(button, `/logout?${search}`, { [name]: 'https://evil.example/' })
    assert.equal(page.location, `${app.origin}/signed-out`)
    const end = await visitor.open(`/signed-out?${search}`)
    assert.equal(end.status, 200)
    assert.equal(end.headers.refresh, undefined)
    assert.doesNotMatch(end.text, /evil\.example/)
    assert.equal((await newBrowser().open(`/logout?${search}`)).location, `${app.origin}/signed-out`)
  }
})

test('OR-53 a return path over HTTP is never taken from Referer', async () => {
  const evil = { Referer: 'https://evil.example/', Referrer: 'https://evil.example/' }
  const visitor = newBrowser()
  const start = await visitor.open('/login/acme', evil)
  const pages = [
    await visitor.open(callbackUrl(start.location ?? ''), evil),
    await visitor.open('/login', evil),
    await visitor.open('/nowhere', evil),
    await visitor.open('/oauth/acme/callback?state=x', evil),
    await newBrowser().open('/logout', evil),
  ]
  for (const { location, text } of pages) {
    assert.ok(location === undefined || location.startsWith(`${app.origin}/`), location)
    assert.doesNotMatch(text, /evil\.example/)
  }
})

test('OR-54 a redirect has no body that could show what a visitor wrote', async () => {
  const visitor = newBrowser()
  const start = await visitor.open(`/login/acme?${query('/profile?<script>alert(1)</script>')}`)
  const back = await visitor.open(callbackUrl(start.location ?? ''))
  for (const page of [start, back]) assert.equal(page.text, '')
  assert.equal(back.headers.location, '/profile?%3Cscript%3Ealert(1)%3C/script%3E')
})

test('OR-55 an error is a page, and never a redirect to somewhere in the request', async () => {
  const evil = 'https://evil.example/'
  const where = { redirect_uri: evil, return_to: evil, error_uri: evil, next: evil }
  const good = await newBrowser().startSignIn()
  const callbacks: [string, number][] = [
    [`/oauth/acme/callback?${new URLSearchParams({ error: 'invalid_request', ...where })}`, 400],
    [`/oauth/acme/callback?${new URLSearchParams({ code: 'x', state: 'y', ...where })}`, 400],
    [`/oauth/nobody/callback?${new URLSearchParams(where)}`, 404],
    [`${good}&${new URLSearchParams(where)}`, 400],
  ]
  for (const [url, status] of callbacks) {
    const page = await newBrowser().open(url)
    assert.equal(page.status, status)
    assert.equal(page.location, undefined)
    assert.equal(page.headers.refresh, undefined)
    assert.doesNotMatch(page.text, /evil\.example/)
  }
})

test('OR-55 an error answer keeps the path it was started with, and no other', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/profile', {
    error: 'access_denied',
    return_to: 'https://evil.example/',
  })
  const page = await visitor.open(callback)
  assertRefused(page, 403, 'provider_denied')
  assert.equal(retryPath(page), '/profile')
})
