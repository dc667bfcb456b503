import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { type Changes, encode, hiddenFields } from '../setup.js'
import { PUBLIC_RP, RP, type setUpOidc } from './setup.js'

export type OidcSetup = Awaited<ReturnType<typeof setUpOidc>>

/** Opens the page that asks, and says yes. */
export async function signOut({ open, post }: OidcSetup, fields: Changes): Promise<Response> {
  const page = await open(`/oidc/logout?${encode(fields)}`)
  const html = await page.text()
  assert.equal(page.status, 200, html)
  assert.ok(html.includes('action="/oidc/logout/confirm"'))
  return post('/oidc/logout/confirm', hiddenFields(html))
}

/** An app that receives logout tokens, and responds with this status. */
export async function openApp(t: TestContext, status: number) {
  const received: { type: string | undefined; form: URLSearchParams }[] = []
  const server = createServer(async (request, response) => {
    received.push({ type: request.headers['content-type'], form: new URLSearchParams(await text(request)) })
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const post = async (url: string, body: string) =>
    (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }))
      .status
  const backchannelLogoutUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/backchannel-logout`
  return { received, options: { post, clients: [{ ...RP, backchannelLogoutUri }, PUBLIC_RP] } }
}
