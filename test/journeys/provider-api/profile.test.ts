import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Acme, assertHides, deferred, reply, secretsOf, signIn, startAcme } from '../../support/acme-app.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'
import { actionOf, type HttpBrowser, type Page } from '../../support/http-browser.js'
import { bySignal } from '../../support/signal-deadline.js'

let acme: Acme
let ada: HttpBrowser
let timeIsUp: AbortController
const spans: number[] = []

const deadline = bySignal(ms => {
  spans.push(ms)
  return timeIsUp.signal
})

before(async () => {
  timeIsUp = new AbortController()
  acme = await startAcme({}, { deadline })
})
after(() => acme.stop())
beforeEach(async () => {
  timeIsUp = new AbortController()
  acme.reset()
  ada = acme.newVisitor()
  await signIn(acme, ada)
  spans.length = 0
})

/** The page comes, tells the trouble, and has the person as they were at the sign-in. */
function assertFromOurTable(page: Page, problem: RegExp): void {
  assert.equal(page.status, 200, page.text)
  assert.match(page.text, problem)
  for (const fact of ['Ada Lovelace', 'ada@example.org']) assert.ok(page.text.includes(fact), page.text)
  assertHides(page.text, secretsOf(acme.far))
  assertHides(acme.app.logged(), secretsOf(acme.far))
}

describe('The profile of a person whose provider', { timeout: 20_000 }, () => {
  test('the profile is loaded anew from a provider that responds, with the token of the user', async () => {
    acme.knows({ id: 1, login: 'ada', name: 'Ada King', email: 'king@example.org' })
    const page = await ada.open('/profile')
    assert.match(page.text, /Ada King/)
    assert.match(page.text, /king@example\.org/)
    assert.doesNotMatch(page.text, /Lovelace/)
    assert.match(acme.far.requests.at(-1)?.headers.authorization ?? '', /^Bearer token-of-/)
  })

  const responses: Record<string, FakeHandler> = {
    'answers HTML': reply('<h1>Welcome <script>alert(1)</script></h1>', { type: 'text/html' }),
    'answers another kind of JSON': json(['ada']),
    'answers without an id': json({ name: 'Nobody' }),
    'points elsewhere': reply('', { status: 302, headers: { Location: 'https://evil.example/' } }),
    'answers a page of a megabyte': reply(JSON.stringify({ id: 1, name: 'x'.repeat(1 << 20) })),
  }
  for (const [what, handler] of Object.entries(responses)) {
    test(`the profile comes from our own table if the provider ${what}, and says so`, async () => {
      acme.far.on('/user', handler)
      const page = await ada.open('/profile')
      assertFromOurTable(page, /acme gave no useful answer/)
      assert.doesNotMatch(page.text, /try again/)
      acme.knows({ id: 1, name: 'Back again' })
      assert.match((await ada.open('/profile')).text, /Back again/)
    })
  }

  test('W8 the profile has a button to connect again if the provider refuses the token (401)', async () => {
    acme.far.on('/user', json({ message: 'Bad credentials' }, 401))
    const page = await ada.open('/profile')
    assertFromOurTable(page, /acme needs to be reconnected/)
    assert.doesNotMatch(page.text, /try again/)
    const departing = await ada.submit(page, actionOf(page))
    assert.match(String(departing.headers.refresh), /^0;url=http.*\/authorize\?/)
  })

  test('W8 the profile does not suggest another try if the provider forbids it (403)', async () => {
    acme.far.on('/user', json({ message: 'Forbidden' }, 403))
    const page = await ada.open('/profile')
    assertFromOurTable(page, /acme does not allow us to read this/)
    assert.doesNotMatch(page.text, /try again|Reconnect/)
  })

  for (const status of [429, 500, 503]) {
    test(`W8 the profile suggests another try if the provider cannot respond now (${status})`, async () => {
      acme.far.on('/user', json({ message: 'Oh no' }, status))
      assertFromOurTable(await ada.open('/profile'), /acme could not answer just now.*try again in a moment/)
    })
  }

  test('the profile comes from our own table if the provider closes the connection, and says so', async () => {
    acme.far.on('/user', (_, response) => void response.socket?.destroy())
    assertFromOurTable(await ada.open('/profile'), /acme could not be reached/)
  })

  test('the profile waits three seconds for a slow provider, and then comes from our own table', async () => {
    const asked = deferred()
    acme.far.on('/user', () => asked.happen())
    const page = ada.open('/profile')
    await asked.happened
    assert.ok(spans.includes(3_000), `Deadlines: ${spans}`)
    timeIsUp.abort()
    assertFromOurTable(await page, /acme did not answer in time/)
  })

  test('the profile comes from our own table if the provider is down, and says so', async () => {
    await acme.far.stop()
    assertFromOurTable(await ada.open('/profile'), /acme could not be reached/)
    assert.equal((await ada.open('/')).status, 200)
  })
})
