import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Listener } from '../../../src/accounts/hooks.js'
import type { CallSlot } from '../../../src/http/call-slot.js'
import type { HttpClient } from '../../../src/net/http-client.js'
import { ERROR_PAGES } from '../../../src/web/errors/error-pages.js'
import { askToConnect } from '../../support/account-actions.js'
import { assertRefused, reply, sessionOf } from '../../support/acme-app.js'
import { ADA_AT_OP, type FakeOidc, type OidcOverrides, startFakeOidc } from '../../support/fake-oidc.js'
import { callbackUrl } from '../../support/fake-provider.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { bySignal } from '../../support/signal-deadline.js'
import {
  AT_ACME,
  AT_BOLT,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const SLOTS = 64

let pair: TwoProviderApp
let op: FakeOidc
let outbound: HttpClient
let clock = Date.now()
let timesOut = false
let onSigningIn: Listener<'signing-in'> = () => {}

before(async () => {
  const now = () => clock
  op = await startFakeOidc({ now })
  const settings = { ...op.settings(), PROVIDERS: 'acme,bolt,op', DEFAULT_PROVIDER: 'acme' }
  pair = await startTwoProviderApp(
    { ...settings, ALLOWED_USERS: 'domain:example.org' },
    {
      now,
      deadline: bySignal(() => (timesOut ? AbortSignal.abort() : new AbortController().signal)),
      httpClient: given => {
        outbound = given
        return given
      },
    },
  )
  pair.app.vestibule.on('signing-in', event => onSigningIn(event))
})
after(async () => {
  await pair.stop()
  await op.stop()
})
beforeEach(async () => {
  for (const table of ['users', 'events']) await pair.sql(`delete from ${table}`)
  pair.reset()
  op.reset()
  op.knows({ ...ADA_AT_OP, email: 'lovelace@example.org' })
  // A minute later each time, for those who are counted by it.
  clock += 60_000
})

/** The callback's URL with this answer, which is not opened yet. */
async function back(visitor: HttpBrowser, response: Record<string, string>): Promise<string> {
  return callbackUrl((await visitor.open('/login/acme')).location ?? '', response)
}

const enter = (visitor: HttpBrowser, person: object = AT_ACME.ada) =>
  signInThrough('acme', pair, visitor, { ...person })

/** A sign-in at the OpenID provider, which answers in this way. */
function overriding(bend: OidcOverrides) {
  return (visitor: HttpBrowser): Promise<Page> => {
    op.override(bend)
    return visitor.follow('/login/op')
  }
}

async function without(table: string, work: () => Promise<Page>): Promise<Page> {
  await pair.sql(`alter table ${table} rename to lost_${table}`)
  try {
    return await work()
  } finally {
    await pair.sql(`alter table lost_${table} rename to ${table}`)
  }
}

/** Ada is signed in, and asks to connect what is at the other provider. */
async function connecting(visitor: HttpBrowser, person: object = AT_BOLT.ada): Promise<string> {
  await enter(visitor)
  pair.bolt.useBrowser(visitor, { ...person })
  return askToConnect(visitor, 'bolt')
}

/** Every code that a way back can end with, and one way to it. */
const REFUSALS: Record<string, (visitor: HttpBrowser) => Promise<Page>> = {
  state_missing: visitor => visitor.open('/oauth/acme/callback?code=a'),
  request_malformed: visitor => visitor.open('/oauth/acme/callback?code=a&state=b&state=b'),
  attempt_missing: visitor => visitor.open(`/oauth/acme/callback?code=a&state=${'s'.repeat(43)}`),
  async attempt_expired(visitor) {
    const callback = await back(visitor, { code: 'a' })
    clock += 11 * 60_000
    return visitor.open(callback)
  },
  async attempt_used(visitor) {
    const callback = await back(visitor, { code: 'a' })
    await visitor.open(callback)
    await visitor.submit(await visitor.open('/logout'), '/logout')
    return visitor.open(callback)
  },
  issuer_mismatch: overriding({ back: { iss: 'https://evil.example' } }),
  code_missing: async visitor => visitor.open(await back(visitor, {})),
  provider_denied: async visitor => visitor.open(await back(visitor, { error: 'access_denied' })),
  provider_error: async visitor => visitor.open(await back(visitor, { error: 'server_error' })),
  provider_malformed(visitor) {
    pair.acme.on('/token', reply('<p>Hello</p>', { type: 'text/html' }))
    return enter(visitor)
  },
  provider_unreachable(visitor) {
    pair.acme.on('/token', (_, response) => void response.destroy())
    return enter(visitor)
  },
  async provider_slow(visitor) {
    const callback = await back(visitor, { code: 'a' })
    timesOut = true
    return visitor.open(callback).finally(() => {
      timesOut = false
    })
  },
  async provider_busy(visitor) {
    const slots: CallSlot[] = Array.from({ length: SLOTS }, () => outbound.takeSlot('acme'))
    return enter(visitor).finally(() => {
      for (const slot of slots) slot.release()
    })
  },
  id_token_invalid: overriding({ claims: { aud: 'somebody else' } }),
  subject_mismatch: overriding({ user: { sub: 'somebody else' } }),
  not_admitted: visitor => enter(visitor, personOf('eve', 3, { email: 'eve@evil.example' })),
  async refused_by_app(visitor) {
    onSigningIn = event => event.refuse('Not today.')
    return enter(visitor).finally(() => {
      onSigningIn = () => {}
    })
  },
  async account_disabled(visitor) {
    await enter(visitor)
    await pair.sql('update users set disabled_at = 1')
    return enter(pair.newVisitor())
  },
  async link_needed(visitor) {
    await enter(pair.newVisitor())
    return signInThrough('bolt', pair, visitor, AT_BOLT.ada)
  },
  async link_conflict(visitor) {
    await signInThrough('bolt', pair, pair.newVisitor(), AT_BOLT.grace)
    return visitor.follow(await connecting(visitor, AT_BOLT.grace))
  },
  async sign_in_required(visitor) {
    const callback = await connecting(visitor)
    await pair.sql('delete from sessions')
    return visitor.open(callback)
  },
  async forbidden(visitor) {
    const callback = await connecting(visitor)
    await enter(visitor, AT_ACME.grace)
    return visitor.open(callback)
  },
  store_unavailable: visitor => without('used_attempts', () => enter(visitor)),
  async internal(visitor) {
    onSigningIn = () => assert.fail('A listener slipped')
    return enter(visitor).finally(() => {
      onSigningIn = () => {}
    })
  },
}

/** Whose account it was about: somebody was signed in, or the account itself was the reason. */
const WITH_USER = ['account_disabled', 'link_conflict', 'forbidden', 'sign_in_required']

/** What no way back ends with: other routes do, or it was never let near the story. */
const ELSEWHERE = [
  ...['csrf', 'not_found', 'method_not_allowed', 'too_large', 'unsupported_type'],
  ...['last_connection', 'too_many_requests'],
]

for (const [code, refuse] of Object.entries(REFUSALS)) {
  test(`a refused callback is in the audit log with the code ${code}, and the page has the same code`, async () => {
    const visitor = pair.newVisitor()
    const page = await refuse(visitor)
    const { status } = Object.entries(ERROR_PAGES).find(([name]) => name === code)?.[1] ?? assert.fail(code)
    assertRefused(page, status, code)
    const events = await pair.sql(`select code, user_id, provider, address from events where kind = 'sign-in-refused'`)
    const provider = new URL(page.url).pathname.split('/')[2]
    const [{ user_id, ...event } = {}, ...more] = events
    assert.deepEqual([event, more], [{ code, provider, address: '127.0.0.1' }, []])
    assert.equal(user_id !== null, WITH_USER.includes(code), `It is about ${user_id}`)
  })
}

test('each error code either is tested here, or cannot end a callback', () => {
  assert.deepEqual(Object.keys(ERROR_PAGES).sort(), [...Object.keys(REFUSALS), ...ELSEWHERE].sort())
})

test('a refused callback is in the audit log under the account of the signed-in user', async () => {
  const visitor = pair.newVisitor()
  await enter(visitor)
  const { id } = (await sessionOf(visitor)).user
  await visitor.open('/oauth/acme/callback?code=a')
  const events = await pair.sql(`select user_id, code from events where kind = 'sign-in-refused'`)
  assert.deepEqual(events, [{ user_id: id, code: 'state_missing' }])
})
