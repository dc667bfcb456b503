import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createHttpClient } from '../../src/net/http-client.js'
import { startFakeServer } from './fake-server.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const never = () => {}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 10)
  response.once('close', () => clearInterval(timer))
}

/** The real clock, and a garbage collector that never rests. */
async function assertEnds(t: TestContext, respond: (response: ServerResponse) => void, within?: number): Promise<void> {
  const url = await startFakeServer(t, (_, response) => respond(response))
  const outbound = createHttpClient({
    allowHttp: true,
    timeoutMs: within === undefined ? 300 : 60_000,
  })
  const rounds = setInterval(collectGarbage, 20)
  t.after(async () => {
    clearInterval(rounds)
    await outbound.close()
  })
  const { send } = outbound.takeSlot('github', { purpose: 'sign-in', within })
  await assert.rejects(send({ method: 'GET', url, headers: {} }), { code: 'provider_slow' })
}

for (const [what, respond] of Object.entries({ 'never answers': never, drips: drip })) {
  test(
    `TK-16 the deadline of a call outlives the garbage collector: the provider ${what}`,
    {
      timeout: 20_000,
    },
    t => assertEnds(t, respond),
  )

  test(`TK-16 the deadline of a slot does, too: the provider ${what}`, { timeout: 20_000 }, t =>
    assertEnds(t, respond, 300),
  )
}

test('a call leaves its deadline behind when it ends, and a slot leaves its own', async t => {
  let standing = 0
  const deadline = () => {
    standing++
    return () => standing--
  }
  let meanwhile = 0
  const url = await startFakeServer(t, (_, response) => {
    meanwhile = standing
    response.end('{}')
  })
  const outbound = createHttpClient({ allowHttp: true, deadline })
  t.after(() => outbound.close())
  const slot = outbound.takeSlot('github', { purpose: 'sign-in', within: 1000 })
  await slot.send({ method: 'GET', url, headers: {} })
  const between = standing
  slot.release()
  assert.deepEqual([meanwhile, between, standing], [2, 1, 0])
})

test('a slot whose time is over sends nothing any more', async t => {
  let asked = 0
  const url = await startFakeServer(t, (_, response) => {
    asked++
    response.end('{}')
  })
  let timeIsUp = () => {}
  const outbound = createHttpClient({
    allowHttp: true,
    deadline(ms, act) {
      if (ms === 1000) timeIsUp = act
      return () => {}
    },
  })
  t.after(() => outbound.close())
  const slot = outbound.takeSlot('github', { purpose: 'sign-in', within: 1000 })
  timeIsUp()
  await assert.rejects(slot.send({ method: 'GET', url, headers: {} }), { code: 'provider_slow' })
  assert.equal(asked, 0)
})
