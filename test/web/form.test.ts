import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import Koa from 'koa'
import type { AppContext, State } from '../../src/web/context.js'
import { readForm } from '../../src/web/form.js'
import { HttpBrowser } from '../support/http-browser.js'

test('a handler reads the form that the CSRF guard has read before it', async () => {
  const app = new Koa<State, AppContext>()
  app.use(async ctx => {
    const { csrf } = await readForm(ctx)
    ctx.body = { csrf, text: (await readForm(ctx)).text }
  })
  const server = app.listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const visitor = new HttpBrowser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const response = await visitor.ask('/', { method: 'POST', form: { csrf: 'token', text: 'Water the plants' } })
    assert.deepEqual(JSON.parse(response.text), { csrf: 'token', text: 'Water the plants' })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
