import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import Koa from 'koa'
import type { AppContext, State } from '../../src/web/context.js'
import { describeThrown } from '../../src/web/errors/thrown.js'
import { createRender } from '../../src/web/views.js'
import { HttpBrowser } from '../support/http-browser.js'

const LAYOUT = '<!doctype html>{% block main %}{% endblock %}'
const INCLUDING = '{% extends "layout.njk" %}\n{% block main %}\n{% include "partials/part.njk" %}{% endblock %}'

/** A folder with these views. */
function folderOf(t: TestContext, views: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-views-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'partials'))
  for (const [name, text] of Object.entries(views)) writeFileSync(join(folder, name), text)
  return folder
}

/** A small app over these views, which starts whatever is wrong with them. */
async function startViews(t: TestContext, views: Record<string, string>) {
  const folder = folderOf(t, views)
  const reported: string[] = []
  const thrown: unknown[] = []
  const app = new Koa<State, AppContext>()
  app.context.render = createRender(folder, error => void reported.push(error.message))
  app.use(async ctx => {
    try {
      await ctx.render(`${ctx.path.slice(1)}.njk`, { name: 'Ada' })
    } catch (error) {
      thrown.push(error)
      ctx.status = 500
    }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const visitor = new HttpBrowser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return { folder, reported, thrown, open: (path: string) => visitor.open(path) }
}

/** [what is wrong, the views, the file with line and column, what nunjucks says of it] */
const BROKEN: [what: string, views: Record<string, string>, at: [string, number, number], says: RegExp][] = [
  [
    'page',
    { 'page.njk': '{% extends "layout.njk" %}\n{% block main %}{{ x ! }}{% endblock %}' },
    ['page.njk', 2, 22],
    /expected variable end/,
  ],
  [
    'layout',
    { 'page.njk': '{% extends "layout.njk" %}', 'layout.njk': 'a\n\n{% if %}' },
    ['layout.njk', 3, 7],
    /unexpected token/,
  ],
  [
    'partial',
    { 'page.njk': INCLUDING, 'partials/part.njk': 'a\n{{ ( }}' },
    ['partials/part.njk', 2, 6],
    /unexpected token/,
  ],
]

for (const [what, views, [file, line, column], says] of BROKEN) {
  const all = { 'layout.njk': LAYOUT, 'good.njk': 'Hello {{ name }}', ...views }
  const place = `views/${file}, line ${line}, column ${column}: `

  test(`W12: a broken ${what} is named with its line, the page that needs it says so, and the app lives on`, async t => {
    const { folder, reported, thrown, open } = await startViews(t, all)
    assert.equal(reported.length, 1)
    assert.ok(reported[0]?.startsWith(place), reported[0])
    assert.equal((await open('/page')).status, 500)
    const { message, frame } = describeThrown(thrown[0])
    assert.ok(message.startsWith(place), message)
    assert.match(message, says)
    assert.equal(frame, `${join(folder, file)}:${line}:${column}`)
    assert.equal((await open('/good')).text, 'Hello Ada')
  })

  test(`outside local a broken ${what} stops the start`, t => {
    assert.throws(
      () => createRender(folderOf(t, all)),
      (error: Error) => error.message.startsWith(place),
    )
  })
}

test('a value that a view does not get is named with the line, however deep the partial that needs it', async t => {
  const { thrown, open } = await startViews(t, {
    'layout.njk': LAYOUT,
    'page.njk': INCLUDING,
    'partials/part.njk': 'a\n{{ gone }}',
  })
  assert.equal((await open('/page')).status, 500)
  assert.match(
    describeThrown(thrown[0]).message,
    /^views\/partials\/part\.njk, line 2, column \d+: attempted to output null/,
  )
})

test('what a view throws that is not an error of nunjucks is passed on as it is', async t => {
  const { thrown, open } = await startViews(t, {})
  await open('/nowhere')
  assert.equal(thrown.length, 1)
  assert.doesNotMatch(describeThrown(thrown[0]).message, /^views/)
})
