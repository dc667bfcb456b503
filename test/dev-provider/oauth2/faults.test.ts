import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { createGunzip, gunzipSync } from 'node:zlib'
import Koa from 'koa'
import { createFaultInjector } from '../../../src/dev-provider/fault-injection.js'
import { deferred } from '../../support/acme-app.js'
import { OAUTH2_FAULTS } from '../fault-outcomes.js'
import { encode, REQUEST, sentTo, setUp, tokenRequest } from '../setup.js'

type JsonBody = Record<string, unknown>

test('each fault has a name of its own, a label of its own and a response that it changes', () => {
  assert.equal(new Set(OAUTH2_FAULTS.map(({ name }) => name)).size, OAUTH2_FAULTS.length)
  assert.equal(new Set(OAUTH2_FAULTS.map(({ label }) => label)).size, OAUTH2_FAULTS.length)
  for (const { name, label: _, ...places } of OAUTH2_FAULTS) {
    assert.match(name, /^[a-z]+(_[a-z\d]+)*$/)
    assert.ok(Object.keys(places).length > 0, name)
  }
})

test('"wrong_state" sends the app a good code with a state that it never sent', async t => {
  const { choose, exchanged } = await setUp(t)
  const response = sentTo(await choose({ person: 'ada', fault: 'wrong_state' }))
  assert.ok(response.get('state'))
  assert.notEqual(response.get('state'), REQUEST.state)
  assert.ok((await exchanged(response.get('code') ?? '')).access_token)
})

test('"state_dropped" sends the app a good code without a state', async t => {
  const { choose, exchanged } = await setUp(t)
  const response = sentTo(await choose({ person: 'ada', fault: 'state_dropped' }))
  assert.deepEqual([...response.keys()], ['code'])
  assert.ok((await exchanged(response.get('code') ?? '')).access_token)
})

for (const fault of ['code_expired', 'code_reused']) {
  test(`"${fault}" sends the app a code that cannot be exchanged`, async t => {
    const { choose, exchanged } = await setUp(t)
    const response = sentTo(await choose({ person: 'ada', fault }))
    assert.equal(response.get('state'), REQUEST.state)
    const { error, access_token } = await exchanged(response.get('code') ?? '')
    assert.deepEqual([error, access_token], ['bad_verification_code', undefined])
  })
}

const AT_ONCE: Record<string, [status: number, type: RegExp, body: RegExp]> = {
  token_500: [500, /^application\/json/, /^\{"message":"Server Error"\}$/],
  token_html: [200, /^text\/html/, /^<!doctype html>/],
  token_missing: [200, /^application\/json/, /^\{"token_type":"bearer","scope":"read:user,user:email"\}$/],
  token_type_odd: [200, /^application\/json/, /^\{"access_token":"dev_[^"]+","token_type":"mac",/],
  user_500: [500, /^application\/json/, /^\{"message":"Server Error"\}$/],
  user_html: [200, /^text\/html/, /^<!doctype html>/],
  user_array: [200, /^application\/json/, /^\[\{"id":1815,.*\}\]$/],
  user_no_id: [200, /^application\/json/, /^\{"login":"ada",/],
  user_401: [401, /^application\/json/, /^\{"message":"Bad credentials"\}$/],
  emails_404: [404, /^application\/json/, /^\{"message":"Not Found"\}$/],
}

for (const [fault, [status, type, body]] of Object.entries(AT_ONCE)) {
  test(`"${fault}" changes the response that its name says, and no other`, async t => {
    const { codeFor, exchange, tokenFor, api } = await setUp(t)
    const choice = { person: 'ada', fault }
    const bitten = async () => {
      if (fault.startsWith('token_')) return exchange(await codeFor(choice))
      const [path, other] = fault.startsWith('user_') ? ['/user', '/user/emails'] : ['/user/emails', '/user']
      const token = await tokenFor(choice)
      assert.equal((await api(other, token)).status, 200)
      assert.equal((await api('/user/repos', token)).status, 200)
      return api(path, token)
    }
    const response = await bitten()
    const text = await response.text()
    assert.equal(response.status, status)
    assert.match(response.headers.get('content-type') ?? '', type)
    assert.match(text, body)
    if (response.headers.get('content-type')?.includes('json')) assert.doesNotThrow(() => JSON.parse(text))
    assert.equal(response.headers.get('cache-control'), 'no-store')
  })
}

test('"token_redirects" redirects the request to another origin, which cannot exist', async t => {
  const { codeFor, exchange } = await setUp(t)
  const response = await exchange(await codeFor({ person: 'ada', fault: 'token_redirects' }))
  assert.equal(response.status, 307)
  assert.match(response.headers.get('location') ?? '', /^https:\/\/elsewhere\.invalid\//)
})

test('"token_slow" and "user_slow" respond correctly, three seconds late', async t => {
  const waited: number[] = []
  const { tokenFor, api } = await setUp(t, async ms => void waited.push(ms))
  const response = await api('/user', await tokenFor({ person: 'ada', fault: 'user_slow' }))
  assert.equal(((await response.json()) as JsonBody).login, 'ada')
  assert.deepEqual(waited, [3000])
  assert.match(await tokenFor({ person: 'ada', fault: 'token_slow' }), /^dev_/)
  assert.deepEqual(waited, [3000, 3000])
})

test('"token_slow" sends nothing before its time', async t => {
  const begun = deferred()
  const enough = deferred()
  const { codeFor, exchange } = await setUp(t, async () => {
    begun.happen()
    await enough.happened
  })
  let responded = false
  const response = exchange(await codeFor({ person: 'ada', fault: 'token_slow' })).finally(() => {
    responded = true
  })
  await begun.happened
  assert.equal(responded, false)
  enough.happen()
  assert.equal((await response).status, 200)
})

test('"token_resets" breaks the connection without a word', async t => {
  const { codeFor, exchange } = await setUp(t)
  const asked = exchange(await codeFor({ person: 'ada', fault: 'token_resets' }))
  await assert.rejects(asked, (error: Error) => /ECONNRESET/.test(String(Object(error.cause).code)))
})

test('"token_hangs" sends nothing until the provider closes the connection', { timeout: 20_000 }, async t => {
  const { app, server, base, codeFor, open, abortAll } = await setUp(t)
  app.on('error', () => assert.fail('it is no fault of ours'))
  const code = await codeFor({ person: 'ada', fault: 'token_hangs' })
  const asked = once(server, 'request')
  const response = assert.rejects(askForToken(base, code), { code: 'ECONNRESET' })
  await asked
  assert.equal((await open('/')).status, 200)
  abortAll()
  await response
})

test('"token_drips" sends a space every 50 ms, until the other side leaves', { timeout: 20_000 }, async t => {
  const left = deferred()
  const spans = new Set<number>()
  const { base, codeFor } = await setUp(t, async (ms, over) => {
    spans.add(ms)
    over.addEventListener('abort', left.happen)
    await new Promise(setImmediate)
  })
  const response = await askForToken(base, await codeFor({ person: 'ada', fault: 'token_drips' }))
  assert.equal(response.statusCode, 200)
  assert.match(response.headers['content-type'] ?? '', /^application\/json/)
  let text = ''
  for await (const chunk of response) {
    text += chunk
    if (text.length > 20) break
  }
  assert.match(text, /^ +$/)
  await left.happened
  assert.deepEqual([...spans], [50])
})

test('"token_huge" is 64 MiB long, and ends with a token', { timeout: 60_000 }, async t => {
  const { base, codeFor } = await setUp(t)
  const response = await askForToken(base, await codeFor({ person: 'ada', fault: 'token_huge' }))
  let size = 0
  let tail = ''
  for await (const chunk of response) {
    size += chunk.length
    tail = (tail + chunk.subarray(-500).toString()).slice(-500)
  }
  assert.ok(size > 64 * 1024 * 1024)
  assert.match(tail.trimStart(), /^\{"access_token":"dev_.*\}$/)
})

test('"token_gzip_bomb" is small on the wire and a GiB unpacked', { timeout: 60_000 }, async t => {
  const { base, codeFor } = await setUp(t)
  const response = await askForToken(base, await codeFor({ person: 'ada', fault: 'token_gzip_bomb' }))
  assert.equal(response.headers['content-encoding'], 'gzip')
  const packed = await buffer(response)
  assert.ok(packed.length < 2 * 1024 * 1024, `${packed.length} bytes`)

  const member = packed.subarray(0, packed.indexOf(packed.subarray(0, 10), 10))
  assert.deepEqual(gunzipSync(member), Buffer.alloc(1024 * 1024, ' '))
  assert.deepEqual(packed.subarray(0, 1024 * member.length), Buffer.concat(Array(1024).fill(member)))
  const last = gunzipSync(packed.subarray(1024 * member.length))
  assert.match(last.toString(), /^\{"access_token":"dev_.*\}$/)
})

test('an app that closes a huge response early ends it', { timeout: 20_000 }, async t => {
  for (const fault of ['token_huge', 'token_gzip_bomb']) {
    const { app, base, codeFor, open } = await setUp(t)
    app.on('error', () => assert.fail('it is no fault of ours'))
    const response = await askForToken(base, await codeFor({ person: 'ada', fault }))
    const unpacked = fault === 'token_huge' ? response : response.pipe(createGunzip())
    await once(unpacked, 'data')
    response.destroy()
    assert.equal((await open('/')).status, 200)
  }
})

test('a slow response is ended when the provider aborts all, and no new one begins', { timeout: 20_000 }, async t => {
  const faultInjector = createFaultInjector()
  const begun = deferred()
  const over = deferred()
  let times = 0
  const app = new Koa().use(ctx =>
    faultInjector.inject(
      ctx,
      async ({ pause }) => {
        times++
        begun.happen()
        await pause(60_000)
        over.happen()
      },
      () => assert.fail('no fault was chosen'),
    ),
  )
  const server = app.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = () => assert.rejects(fetch(`http://127.0.0.1:${port}/`))
  const asked = ask()
  await begun.happened
  faultInjector.abortAll()
  await over.happened
  await asked
  await ask()
  assert.equal(times, 1)
})

/** A client that sees every byte as it comes, packed as it is. */
async function askForToken(base: string, code: string): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const sent = request(`${base}/login/oauth/access_token`, { method: 'POST', headers, agent: false })
  sent.end(encode(tokenRequest(code)))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}
