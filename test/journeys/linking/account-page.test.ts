import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { startApp, type TestApp } from '../../support/app.js'
import { actionOf, HttpBrowser, type Page } from '../../support/http-browser.js'

const MINUTE = 60_000

let app: TestApp
let clock = Date.now()
before(async () => {
  app = await startApp({ PROVIDERS: 'dev,dev-oidc', LOG_LEVEL: 'silent' }, { now: () => clock })
})
beforeEach(() => {
  clock = Date.now()
})
after(() => app.stop())

async function signedIn(person = 'ada'): Promise<HttpBrowser> {
  const visitor = new HttpBrowser(app.origin)
  await visitor.signIn(person)
  return visitor
}

const account = (visitor: HttpBrowser) => visitor.open('/account')

/** Presses a button of the account page. */
const press = async (visitor: HttpBrowser, path: string, fields: Record<string, string> = {}) =>
  visitor.submit(await account(visitor), path, fields)

/** The paths of the forms on a page, as far as they match. */
const formsOf = ({ text }: Page, pattern: RegExp) =>
  [...text.matchAll(/<form[^>]* action="([^"]*)"/g)].map(([, path]) => path ?? '').filter(path => pattern.test(path))

/** Goes where a page moves on to, chooses a person there, and comes back. */
async function goOn(visitor: HttpBrowser, departing: Page, person = 'ada'): Promise<Page> {
  const { refresh } = departing.headers
  assert.equal(departing.status, 200, departing.text)
  const choice = await visitor.follow(String(refresh).replace('0;url=', ''))
  const back = await visitor.submit(choice, actionOf(choice), { person })
  return visitor.follow(back.location ?? '')
}

/** Later than whatever was before, so that the order on the page is known. */
async function connect(visitor: HttpBrowser, person = 'ada'): Promise<Page> {
  clock += MINUTE
  return goOn(visitor, await press(visitor, '/account/connect/dev-oidc'), person)
}

const user = async (visitor: HttpBrowser): Promise<unknown> =>
  JSON.parse((await visitor.ask('/api/session')).text).user?.login

test('the account page shows how and from where the user signed in, and that the only connection stays', async () => {
  const page = await account(await signedIn())
  assert.equal(page.status, 200)
  assert.match(page.text, /<h1>Account<\/h1>/)
  assert.match(page.text, /Your only way in/)
  assert.match(page.text, /this one/)
  assert.match(page.text, /Came here for the first time, with Development provider/)
  assert.deepEqual(formsOf(page, /disconnect|end/), [])
})

test('the account page needs a session', async () => {
  const visitor = new HttpBrowser(app.origin)
  assert.equal((await account(visitor)).status, 303)
  const page = await visitor.ask('/account/delete', { method: 'POST', form: { confirm: 'ada' } })
  assert.equal(page.status, 401)
  assert.equal(JSON.parse(page.text).error, 'sign_in_required')
})

test('the account page changes nothing by GET or HEAD, and nothing without the token of its forms', async () => {
  const visitor = await signedIn()
  const paths = ['connect/dev-oidc', 'connections/x/disconnect', 'sessions/x/end', 'sessions/end-others', 'delete']
  for (const path of paths.map(rest => `/account/${rest}`)) {
    for (const method of ['GET', 'HEAD']) assert.equal((await visitor.ask(path, { method })).status, 405, path)
    const page = await visitor.ask(path, { method: 'POST', form: { confirm: 'ada' } })
    assert.equal(page.status, 403, path)
  }
  assert.equal(await user(visitor), 'ada')
})

test('connecting leads to the provider without a redirect after the form, and back to the account', async () => {
  const visitor = await signedIn('grace')
  const departing = await press(visitor, '/account/connect/dev-oidc')
  assert.equal(departing.location, undefined)
  assert.match(String(departing.headers.refresh), /^0;url=http:\/\/127\.0\.0\.1:\d+\//)
  const page = await goOn(visitor, departing, 'grace')
  assert.equal(page.url, `${app.origin}/account`)
  assert.match(page.text, /is connected\. You can sign in with it from now on\./)
  assert.equal(formsOf(page, /disconnect/).length, 2)
})

test('connecting asks for a new sign-in after ten minutes, and then offers the provider again', async () => {
  const visitor = await signedIn()
  clock += 11 * MINUTE
  const departing = await press(visitor, '/account/connect/dev-oidc')
  assert.match(departing.text, /Please sign in once more, then connect\./)
  assert.equal(departing.headers.refresh, '0;url=/login/dev?return_to=%2Faccount%3Fconnect%3Ddev-oidc')
  const page = await goOn(visitor, departing)
  assert.equal(page.url, `${app.origin}/account?connect=dev-oidc`)
  assert.match(page.text, /One step is left to connect <bdi>/)
  assert.match(String((await press(visitor, '/account/connect/dev-oidc')).headers.refresh), /^0;url=http:/)
})

test('connecting an unknown provider is not found, and not offered', async () => {
  const visitor = await signedIn()
  assert.equal((await press(visitor, '/account/connect/nobody')).status, 404)
  clock += 11 * MINUTE
  assert.equal((await press(visitor, '/account/connect/nobody')).status, 404)
  assert.doesNotMatch((await visitor.open('/account?connect=nobody')).text, /One step is left/)
})

test('connecting an identity of another user says so, with a link to the account', async () => {
  await connect(await signedIn('k'), 'k')
  const page = await connect(await signedIn('bobby'), 'k')
  assert.equal(page.status, 409)
  assert.match(page.text, /link_conflict/)
  assert.match(page.text, /<a class="button main" href="\/account">Go to your account<\/a>/)
})

test('disconnecting removes a connection, and the one of this session signs out here', async () => {
  const visitor = await signedIn('alkhwarizmi')
  const [, other = ''] = formsOf(await connect(visitor, 'alkhwarizmi'), /disconnect/)
  assert.equal((await press(visitor, other)).location, `${app.origin}/account`)
  const page = await account(visitor)
  assert.match(page.text, /role="status">Disconnected /)
  assert.deepEqual(formsOf(page, /disconnect/), [])

  const [own = ''] = formsOf(await connect(visitor, 'alkhwarizmi'), /disconnect/)
  assert.equal((await press(visitor, own)).location, `${app.origin}/signed-out`)
  assert.equal(await user(visitor), undefined)
})

test('disconnecting an unknown connection is not found', async () => {
  assert.equal((await press(await signedIn(), '/account/connections/nothing/disconnect')).status, 404)
})

test('ending sessions can end one, or all others, and never the current one', async () => {
  const [visitor, other, third] = [await signedIn('turing'), await signedIn('turing'), await signedIn('turing')]
  const ends = formsOf(await account(visitor), /sessions\/[\w-]{22}\/end$/)
  assert.equal(ends.length, 2)
  assert.equal((await press(visitor, ends[0] ?? '')).location, `${app.origin}/account`)
  assert.match((await account(visitor)).text, /role="status">That session has ended\./)
  assert.equal([await user(other), await user(third)].filter(Boolean).length, 1)

  await press(visitor, '/account/sessions/end-others')
  assert.match((await account(visitor)).text, /role="status">All other sessions have ended\./)
  assert.deepEqual([await user(other), await user(third)], [undefined, undefined])
  assert.notEqual(await user(visitor), undefined)
})

test('ending a session of another user, or an unknown one, is not found, and the text fits this page', async () => {
  const [visitor, other] = [await signedIn(), await signedIn('grace'), await signedIn('grace')]
  const [theirs] = formsOf(await account(other), /sessions\/[\w-]{22}\/end$/)
  assert.ok(theirs)
  for (const path of ['/account/sessions/nothing/end', theirs]) {
    const page = await press(visitor, path)
    assert.equal(page.status, 404)
    assert.match(page.text, /ended already, or it is not yours\. Nothing was changed\./)
    assert.match(page.text, /href="\/account">Go to your account/)
  }
})

test('W5 deleting an account needs the word of the page; anything else deletes nothing and shows the form again with a note', async () => {
  const visitor = await signedIn('bobby')
  for (const confirm of ['', 'ada', 'DELETE']) {
    const page = await press(visitor, '/account/delete', { confirm })
    assert.equal(page.status, 400)
    const note =
      /<p class="warn" id="wrong-word">That is not <b><bdi>([^<]*)<\/bdi><\/b>\. Your account is still there\./
    const [, word] = note.exec(page.text) ?? assert.fail(page.text)
    const field = /<input id="confirm"[^>]*>/.exec(page.text)?.[0] ?? ''
    assert.match(field, /aria-invalid="true" aria-describedby="wrong-word" autofocus/)
    assert.ok(page.text.includes(`type your login <b><bdi>${word}</bdi></b>`), page.text)
  }
  assert.doesNotMatch((await account(visitor)).text, /wrong-word/)
  assert.equal(await user(visitor), 'bobby')
})

test('deleting an account ends every session, and the page says so', async () => {
  const [visitor, other] = [await signedIn('k'), await signedIn('k')]
  const login = String(await user(visitor))
  const page = await press(visitor, '/account/delete', { confirm: ` ${login.toUpperCase()} ` })
  assert.equal(page.location, `${app.origin}/signed-out`)
  assert.equal(visitor.sessionCookie, undefined)
  assert.match((await visitor.open('/signed-out')).text, /role="status">Your account is deleted\./)
  assert.equal(await user(other), undefined)
})

test('deleting an account responds in JSON to a request for JSON', async () => {
  const visitor = await signedIn()
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec((await account(visitor)).text) ?? []
  const headers = { Accept: 'application/json' }
  const page = await visitor.ask('/account/delete', { method: 'POST', form: { csrf, confirm: 'no' }, headers })
  assert.deepEqual([page.status, JSON.parse(page.text).error], [400, 'request_malformed'])
})
