import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '../../src/dev-provider/clients.js'
import { OAUTH2_FAULT_GROUPS } from '../../src/dev-provider/oauth2/faults.js'
import { OIDC_FAULT_GROUPS } from '../../src/dev-provider/oidc/faults.js'
import {
  OAUTH1_FAULTS,
  OAUTH1_OUTCOMES,
  OAUTH2_FAULTS,
  OAUTH2_OUTCOMES,
  OIDC_FAULTS,
  OIDC_OUTCOMES,
} from './fault-outcomes.js'
import { OIDC_REQUEST, PUBLIC_RP, RP } from './oidc/setup.js'
import { CONFIDENTIAL, encode, openProvider, REQUEST } from './setup.js'

for (const [protocol, faults, ends] of [
  ['OAuth 2.0', OAUTH2_FAULTS, OAUTH2_OUTCOMES],
  ['OpenID Connect', OIDC_FAULTS, OIDC_OUTCOMES],
  ['OAuth 1.0a', OAUTH1_FAULTS, OAUTH1_OUTCOMES],
] as const) {
  test(`each fault of ${protocol} has a name of its own, a label of its own, a response that it changes and an outcome`, () => {
    assert.equal(new Set(faults.map(({ label }) => label)).size, faults.length)
    assert.deepEqual(faults.map(({ name }) => name).sort(), Object.keys(ends).sort())
    for (const { name, label: _, ...places } of faults) {
      assert.match(name, /^[a-z\d]+(_[a-z\d]+)*$/)
      assert.ok(Object.keys(places).length > 0, name)
    }
  })
}

test('the page shows faults under the step that they change', async t => {
  const { open } = await openProvider(t, { clients: [CONFIDENTIAL, RP] })
  for (const [page, groups] of [
    [OAUTH2_PAGE, OAUTH2_FAULT_GROUPS],
    [OIDC_PAGE, OIDC_FAULT_GROUPS],
  ] as const) {
    const [, ...shown] = (await (await open(page)).text()).split('<legend>')
    for (const [at, { title, faults }] of groups.entries()) {
      assert.ok(shown[at]?.startsWith(title), title)
      const [group = ''] = shown[at]?.split('</fieldset>') ?? []
      assert.deepEqual(
        [...group.matchAll(/value="([^"]+)"/g)].map(([, name]) => name),
        offeredOf(faults),
      )
    }
  }
})

/** The button Deny stands for `denied`. */
const offeredOf = (faults: readonly { name: string }[]) =>
  faults.map(({ name }) => name).filter(name => name !== 'denied')

const OIDC_PAGE = `/oidc/authorize?${encode(OIDC_REQUEST)}`
const OAUTH2_PAGE = `/login/oauth/authorize?${encode(REQUEST)}`

test('each protocol offers its own faults and no other', async t => {
  const { open } = await openProvider(t, { clients: [CONFIDENTIAL, RP] })
  for (const [page, faults] of [
    [OAUTH2_PAGE, OAUTH2_FAULTS],
    [OIDC_PAGE, OIDC_FAULTS],
  ] as const) {
    const html = await (await open(page)).text()
    const offered = [...html.matchAll(/type="radio" name="fault" value="([^"]+)"/g)].map(([, name]) => name)
    assert.deepEqual(offered, offeredOf(faults))
  }
})

test('a fault of another protocol is refused with a page', async t => {
  const { post } = await openProvider(t, { clients: [CONFIDENTIAL, RP] })
  const choice = { person: 'ada', fault: 'state_dropped' }
  assert.equal((await post('/oidc/authorize', { ...OIDC_REQUEST, ...choice })).status, 400)
  assert.equal((await post('/login/oauth/authorize', { ...REQUEST, person: 'ada', fault: 'alg_none' })).status, 400)
})

const OAUTH1: Client = { ...RP, protocol: 'oauth1', loginUrl: 'http://localhost:3000/login/dev-oauth1' }
const links = (html: string) =>
  [...html.matchAll(/<a href="(http[^"]+)">([^<]+)<\/a>/g)].map(([, to, text]) => [text, to])

test('the page links to the other protocols that are in use, and says which one this is', async t => {
  const { open } = await openProvider(t, { clients: [OAUTH1, RP, PUBLIC_RP, CONFIDENTIAL] })
  const html = await (await open(OIDC_PAGE)).text()
  assert.deepEqual(links(html), [
    ['OAuth 2.0', 'http://localhost:3000/login/dev'],
    ['OAuth 1.0a', 'http://localhost:3000/login/dev-oauth1'],
  ])
  assert.match(html, /<b aria-current="true">OpenID Connect<\/b>/)
})

test('the page has no links to protocols if only one is in use', async t => {
  const { open } = await openProvider(t, { clients: [CONFIDENTIAL] })
  const html = await (await open(OAUTH2_PAGE)).text()
  assert.deepEqual(links(html), [])
  assert.doesNotMatch(html, /Sign in through/)
})
