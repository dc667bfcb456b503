import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertRefused } from '../../support/acme-app.js'
import { startApp, type TestApp } from '../../support/app.js'
import { route } from '../../support/developer-page.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { unhandledRejections } from '../../support/no-unhandled-rejections.js'
import { whatHappened } from '../../support/page-notes.js'

const throws = () => {
  throw new Error('A getter failed')
}
const withGetter = (field: string) => Object.defineProperty(new Error('The true cause'), field, { get: throws })
const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) })

/** What is thrown, and what the log says of it. */
const THROWN: Record<string, [thrown: unknown, cause: RegExp]> = {
  'an Error': [new Error('The true cause'), /^Error: The true cause\n {4}at /],
  'a string': ['boom', /^A string was thrown in place of an Error: "boom"$/],
  undefined: [undefined, /^undefined was thrown in place of an Error$/],
  null: [null, /^null was thrown/],
  'an object': [{ status: 404, expose: true }, /^An object was thrown .* status, expose$/],
  'an object without a prototype': [Object.create(null), /^An object was thrown/],
  'a deep object': [deep(10_000), /^An object was thrown/],
  'a function': [() => 1, /^A function was thrown/],
  'a symbol': [Symbol('s'), /^Symbol\(s\) was thrown/],
  'an Error whose message throws': [withGetter('message'), /^Error/],
  'an Error whose stack throws': [withGetter('stack'), /^The true cause$/],
  'an Error whose code throws': [withGetter('code'), /^Error: The true cause\n/],
  'an Error whose name throws': [withGetter('name'), /The true cause/],
  'an Error whose cause throws': [withGetter('cause'), /^Error: The true cause\n/],
  'an Error whose message is no text': [Object.assign(new Error(), { message: { toString: throws } }), /^Error/],
  'a Proxy that throws': [
    new Proxy(new Error('x'), { get: throws, getPrototypeOf: throws }),
    /A getter failed|^An object was thrown/,
  ],
  'a terminal escape': ['\u001b[2Jgone\u202e', /^A string was thrown in place of an Error: "gone"$/],
}

describe('Whatever is thrown, the response is a 500 page and one log line, and the app lives on:', () => {
  let app: TestApp
  let thrown: unknown
  before(async () => {
    app = await startApp()
    route(app.vestibule, '/own', () => {
      throw thrown
    })
    app.vestibule.on('signing-in', () => {
      if (thrown !== 'nothing') throw thrown
    })
    app.vestibule.on('sign-in-refused', () => {
      throw thrown
    })
  })
  after(() => app.stop())

  /** The causes that were logged meanwhile. */
  async function causesDuring(work: () => Promise<void>): Promise<string[]> {
    const before = app.logged().length
    await work()
    const lines: { cause?: string }[] = app
      .logged()
      .slice(before)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    return lines.flatMap(({ cause }) => cause ?? [])
  }

  test('whatever is thrown, the response is a 500 page and one log line, and the app lives on in local the page says first what was thrown, and in which line of the app’s own code', async () => {
    thrown = new Error('The guest list is lost')
    const page = await new HttpBrowser(app.origin).open('/own')
    assert.match(
      whatHappened(page),
      /^The guest list is lost .*test\/journeys\/deployment\/thrown-values\.test\.\w+:\d+:\d+/,
    )
    thrown = '<script>alert(1)</script>'
    const text = (await new HttpBrowser(app.origin).open('/own')).text
    assert.ok(!text.includes('<script>') && text.includes('&lt;script&gt;'), text)
  })

  for (const [what, [value, expected]] of Object.entries(THROWN)) {
    test(`whatever is thrown, the response is a 500 page and one log line, and the app lives on ${what}, by a handler`, async () => {
      thrown = value
      const causes = await causesDuring(async () =>
        assertRefused(await new HttpBrowser(app.origin).open('/own'), 500, 'internal'),
      )
      assert.equal(causes.length, 1)
      assert.match(causes[0] ?? '', expected)
    })

    test(`whatever is thrown, the response is a 500 page and one log line, and the app lives on ${what}, by listeners of a sign-in`, async () => {
      thrown = value
      const visitor = new HttpBrowser(app.origin)
      const causes = await causesDuring(async () => assertRefused(await visitor.signIn('ada'), 500, 'internal'))
      thrown = 'nothing'
      assert.equal(causes.length, 2, 'of the request, and of the listener of sign-in-refused')
      // What is no Error is named by the listener that threw it.
      const byListener = /^Error: A listener of (?:signing-in|sign-in-refused) threw /
      for (const cause of causes) assert.ok(expected.test(cause) || byListener.test(cause), cause)
      assert.equal((await visitor.signIn('ada')).status, 200)
      assert.deepEqual(unhandledRejections, [])
    })
  }
})
