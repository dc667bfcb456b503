import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertRefused } from '../support/acme-app.js'
import { startApp, type TestApp } from '../support/app.js'
import { actionOf, HttpBrowser, hiddenFields, type Page } from '../support/http-browser.js'

/** Each protocol with a fault of its own, and what the app says of it. */
const PROTOCOLS = [
  { name: 'dev', fault: 'user_401', label: 'The user endpoint responds with status 401' },
  { name: 'dev-oidc', fault: 'wrong_nonce', label: 'The ID token has another nonce' },
  { name: 'dev-oauth1', fault: 'user_401', label: 'The user endpoint responds with status 401' },
] as const

let app: TestApp
before(async () => {
  app = await startApp({ PROVIDERS: PROTOCOLS.map(({ name }) => name).join(), ACCOUNT_LINKING: 'never' })
})
after(() => app.stop())

/** What the form of this id sends. */
const formOf = ({ text }: Page, id: string): string =>
  new RegExp(`<form id="${id}"[\\s\\S]*?</form>`).exec(text)?.[0] ?? assert.fail(`There is no form ${id}`)

const checked = ({ text }: Page) => /<input type="radio" name="fault" value="([^"]*)" checked>/.exec(text)?.[1]

for (const { name, fault, label } of PROTOCOLS) {
  describe(`The page of choice of ${name}`, () => {
    const ask = (visitor: HttpBrowser) => visitor.follow(`/login/${name}`)
    /** Sends the form with this id, as its button does. */
    const send = (visitor: HttpBrowser, page: Page, id: string) =>
      visitor.ask(new URL(actionOf(page), page.url).href, { method: 'POST', form: hiddenFields(formOf(page, id)) })

    test(`W12 the page of choice of ${name} has a button Deny beside the people, which goes back to the app with the refusal of the person`, async () => {
      const visitor = new HttpBrowser(app.origin)
      const page = await ask(visitor)
      assert.match(page.text, /<button class="button" form="deny">Deny<\/button>/)
      const { location = '' } = await send(visitor, page, 'deny')
      assertRefused(await visitor.open(location), 403, 'provider_denied')
      assert.doesNotMatch((await ask(visitor)).text, /Last time/)
    })

    test(`W12 the page of choice of ${name} shows people first and faults after them, and chooses none by itself`, async () => {
      const page = await ask(new HttpBrowser(app.origin))
      assert.ok(page.text.indexOf('class="people"') < page.text.indexOf('class="faults narrow"'))
      assert.equal(checked(page), '')
      assert.match(page.text, /<details>/)
    })

    test(`W12 the page of choice of ${name} offers the last fault once more with one button, and does not choose it by itself`, async () => {
      const visitor = new HttpBrowser(app.origin)
      const first = await visitor.open(await visitor.callbackUrl('grace', `/login/${name}`, fault))
      assert.ok(first.status >= 400, first.text)
      const page = await ask(visitor)
      assert.equal(checked(page), '')
      assert.ok(page.text.includes(`Last time: ${label}.`), page.text)
      assert.match(page.text, /<button class="button" form="repeat"><span>Repeat as <bdi>grace<\/bdi>/)
      const { location = '' } = await send(visitor, page, 'repeat')
      assert.equal((await visitor.open(location)).status, first.status)
      assert.equal((await visitor.signIn('grace', `/login/${name}`)).status, 200)
    })

    test(`W12 the page of choice of ${name} chooses the fault that the URL names, and refuses one that it does not know`, async () => {
      const visitor = new HttpBrowser(app.origin)
      const { url } = await ask(visitor)
      const page = await visitor.open(`${url}&fault=${fault}`)
      assert.equal(page.status, 200)
      assert.equal(checked(page), fault)
      assert.match(page.text, /<details open>/)
      assert.equal((await visitor.open(`${url}&fault=no_such_fault`)).status, 400)
    })

    test(`a cookie that names no known fault or user is ignored`, async () => {
      const visitor = new HttpBrowser(app.origin)
      const { url } = await ask(visitor)
      for (const value of ['', 'x', `${fault}.nobody`, 'no_such_fault.ada', `${fault}`, '__proto__.ada'])
        assert.doesNotMatch((await visitor.open(url, { Cookie: `dev-provider-last-fault=${value}` })).text, /Last time/)
    })
  })
}
