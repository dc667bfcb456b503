// What a person, an operator and the audit log read of a sign-in that was refused.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { HookEvents, Listener } from '../../../src/accounts/hooks.js'
import { askToConnect } from '../../support/account-actions.js'
import { type Acme, assertRefused, sessionOf, startAcme } from '../../support/acme-app.js'
import type { OidcOverrides } from '../../support/fake-oidc.js'
import { callbackUrl } from '../../support/fake-provider.js'
import type { Page } from '../../support/http-browser.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'
import { whatHappened } from '../../support/page-notes.js'
import {
  AT_ACME,
  AT_BOLT,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

/** The cause of the last refusal, as the log has it. */
function lastCause({ app }: Pick<Acme, 'app'>): string {
  const lines = app.logged().trimEnd().split('\n')
  const line = lines.map(text => JSON.parse(text)).findLast(({ error }) => error !== undefined)
  return line?.cause ?? assert.fail('No refusal was logged')
}

/** The sentence on who was refused, as text. */
const whoOf = ({ text }: Page): string | undefined => /<p>([^<]* says you are <bdi>[^<]*<\/bdi>\.)<\/p>/.exec(text)?.[1]

describe('Groups that an OpenID provider does not tell', () => {
  let site: OidcApp
  before(async () => {
    site = await startOidcApp({ settings: { ALLOWED_USERS: 'group:op:staff' } })
  })
  after(() => site.stop())

  const SOURCES = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.example/' } } }
  const CLAIMS: Record<string, [claims: object, cause: RegExp]> = {
    'has elsewhere': [SOURCES, /op says that this person has more groups than it lists/],
    'says to be many': [{ hasgroups: true }, /op says that this person has more groups than it lists/],
    'does not send': [{}, /op gave no groups at all: there is no claim groups\. .*OP_GROUPS_FIELD/],
    'sends as a text': [{ groups: 'staff' }, /op gave its groups as a text, which is not understood/],
    'names otherwise': [{ groups: ['guests', 'Staff '] }, /op gave the groups guests, Staff, which no rule names/],
  }
  for (const [what, [claims, cause]] of Object.entries(CLAIMS)) {
    test(`B-12 the log says why groups of an OpenID provider are missing, and the page does not: those that it ${what}`, async () => {
      site.reset()
      site.far.override({ claims } satisfies OidcOverrides)
      const page = await site.newVisitor().follow('/')
      assertRefused(page, 403, 'not_admitted')
      assert.match(lastCause(site), /^No rule of ALLOWED_USERS admits subject 248289761001 of op \(login ada\): /)
      assert.match(lastCause(site), cause)
      assert.equal(whoOf(page), 'Op says you are <bdi>ada@example.org</bdi>.')
    })
  }
})

test('B-11 an address that does not count as verified is named as the reason in the log and on the page of local, with the setting that trusts it', async t => {
  const acme = await startAcme({ ALLOWED_USERS: 'domain:example.org' })
  t.after(() => acme.stop())
  for (const verified of [false, undefined]) {
    acme.knows({ ...AT_ACME.ada, email_verified: verified })
    const page = await acme.newVisitor().follow('/')
    assertRefused(page, 403, 'not_admitted')
    assert.match(page.text, /<h1>This account may not sign in here<\/h1>/)
    for (const cause of [lastCause(acme), whatHappened(page)]) {
      assert.match(cause, /the address fits domain:example\.org, but acme does not say that it is verified/)
      assert.match(cause, /ACME_EMAIL_TRUSTED=yes/)
    }
  }
  acme.knows({ ...AT_ACME.ada, email: undefined })
  await acme.newVisitor().follow('/')
  assert.match(lastCause(acme), /acme gave no e-mail address/)
})

describe('A refused sign-in', () => {
  let pair: TwoProviderApp
  let onSigningIn: Listener<'signing-in'> = () => {}
  before(async () => {
    pair = await startTwoProviderApp({ ALLOWED_USERS: 'domain:example.org', ACME_LABEL: 'Acme' })
    pair.app.vestibule.on('signing-in', event => onSigningIn(event))
  })
  after(() => pair.stop())
  beforeEach(async () => {
    for (const table of ['users', 'events']) await pair.sql(`delete from ${table}`)
    pair.reset()
    onSigningIn = () => {}
  })
  const enter = (person: object = AT_ACME.ada, visitor = pair.newVisitor()) =>
    signInThrough('acme', pair, visitor, { ...person })
  const EVE = personOf('eve', 3, { email: 'eve@evil.example' })

  test('W2 a refused sign-in says who was refused: by address, else login, else name, else id', async () => {
    const people: [object, string][] = [
      [EVE, 'eve@evil.example'],
      [{ ...EVE, email: null }, 'eve'],
      [{ ...EVE, email: null, login: null }, 'Eve'],
      [{ id: 3 }, '3'],
      [{ id: 3, name: '<b>E\u202eve</b>\u001b[31m\n' }, '&lt;b&gt;Eve&lt;/b&gt; [31m'],
      [{ id: 3, name: 'x'.repeat(10_000) }, `${'x'.repeat(80)}…`],
    ]
    for (const [person, who] of people) {
      const page = await enter(person)
      assertRefused(page, 403, 'not_admitted')
      assert.equal(whoOf(page), `Acme says you are <bdi>${who}</bdi>.`)
    }
  })

  test('W2 a refused sign-in says who was refused where the account is disabled, or there is one with the address already', async () => {
    await enter()
    assert.equal(
      whoOf(await signInThrough('bolt', pair, pair.newVisitor(), AT_BOLT.ada)),
      'Bolt says you are <bdi>ada@example.org</bdi>.',
    )
    await pair.sql('update users set disabled_at = 1')
    const page = await enter()
    assertRefused(page, 403, 'account_disabled')
    assert.match(page.text, /<h1>This account is disabled<\/h1>/)
    assert.match(page.text, /An administrator has disabled this account\./)
    assert.equal(whoOf(page), 'Acme says you are <bdi>ada@example.org</bdi>.')
    const [user] = await pair.sql('select id from users')
    assert.equal(
      lastCause(pair),
      `User ${user?.id} is disabled. To let them in again: vestibule users enable ${user?.id}`,
    )
  })

  test('W2 a refused sign-in names no user if the provider did not say who it is, or if that does not matter', async () => {
    const visitor = pair.newVisitor()
    const { location = '' } = await visitor.open('/login/acme')
    const denied = await visitor.open(callbackUrl(location, { error: 'access_denied' }))
    assertRefused(denied, 403, 'provider_denied')
    assert.equal(whoOf(denied), undefined)
  })

  test('W4 a listener that refuses a sign-in can set the code and the text of the page', async () => {
    onSigningIn = ({ refuse }) => refuse('Have your <address> verified first.')
    const page = await enter()
    assertRefused(page, 403, 'refused_by_app')
    assert.match(page.text, /<h1>You cannot sign in here yet<\/h1>/)
    assert.match(page.text, /Have your &lt;address&gt; verified first\./)
    assert.doesNotMatch(page.text, /ALLOWED_USERS|on the list/)
    assert.match(whatHappened(page), /^A listener of signing-in refused/)
    assert.equal(whoOf(page), 'Acme says you are <bdi>ada@example.org</bdi>.')
    assert.match(lastCause(pair), /^A listener of signing-in refused/)

    onSigningIn = ({ refuse }) => refuse('Come back then.', { heading: 'We open on <Monday>' })
    assert.match((await enter()).text, /<h1>We open on &lt;Monday&gt;<\/h1>/)
  })

  test('W4 a text of a listener that is empty or too long is replaced or cut', async () => {
    const hostile = `\u202eWait\u001b[31m\n${'x'.repeat(10_000)}`
    onSigningIn = ({ refuse }) => refuse(hostile, { heading: hostile })
    const page = await enter()
    assert.match(page.text, /<p class="lead">Wait \[31m {1,2}x{400,500}<\/p>/)
    assert.match(page.text, /<h1>Wait \[31m {1,2}x{80,100}<\/h1>/)
    for (const control of ['\u202e', '\u001b']) assert.ok(!page.text.includes(control))
    const badly: ((event: HookEvents['signing-in']) => unknown)[] = [
      event => Reflect.apply(event.refuse, event, []),
      event => Reflect.apply(event.refuse, event, [{ text: 'x' }, { heading: 7 }]),
      event => Reflect.apply(event.refuse, event, ['', null]),
    ]
    for (const refuse of badly) {
      onSigningIn = event => void refuse(event)
      const usual = await enter()
      assertRefused(usual, 403, 'refused_by_app')
      assert.match(usual.text, /<h1>You cannot sign in here yet<\/h1>/)
      assert.match(usual.text, /this site did not accept it/)
    }
  })

  // Anything else that is thrown: thrown-values.test.ts.
  test('W4 a listener that throws an Error with one of our codes ends the sign-in as internal', async () => {
    for (const code of ['not_found', 'not_admitted', 'store_unavailable', 'provider_denied']) {
      onSigningIn = () => {
        throw Object.assign(new Error('Row 7 is missing'), { code })
      }
      const visitor = pair.newVisitor()
      const page = await enter(AT_ACME.ada, visitor)
      assertRefused(page, 500, 'internal')
      assert.match(whatHappened(page), /^Row 7 is missing .*explained-refusals\.test/)
      assert.match(lastCause(pair), /Row 7 is missing/)
      assert.deepEqual(await sessionOf(visitor), { signed_in: false })
    }
  })

  test('W7 a refused sign-in is in the audit log with subject and login of who was refused, as far as the provider told them', async () => {
    await enter(EVE)
    await enter({ id: 4 })
    onSigningIn = ({ refuse }) => refuse('Not today.')
    await enter()
    onSigningIn = () => {}
    await enter()
    await signInThrough('bolt', pair, pair.newVisitor(), AT_BOLT.ada)
    await pair.newVisitor().open('/oauth/acme/callback?code=a&state=b')
    const rows = await pair.sql(`select code, subject, login from events where kind = 'sign-in-refused'`)
    assert.deepEqual(rows.map(({ code, subject, login }) => [code, subject, login]).sort(), [
      ['attempt_missing', null, null],
      ['link_needed', '9001', 'ada'],
      ['not_admitted', '3', 'eve'],
      ['not_admitted', '4', null],
      ['refused_by_app', '1', 'ada'],
    ])
    const others = await pair.sql(`select subject, login, actor from events where kind = 'signed-in'`)
    assert.deepEqual(others, [{ subject: null, login: null, actor: null }])
  })

  test('W7 the event of a refused sign-in is deleted with the account of the same identity', async () => {
    onSigningIn = ({ refuse }) => refuse('Not today.')
    await enter()
    onSigningIn = () => {}
    await enter(EVE)
    const visitor = pair.newVisitor()
    await enter(AT_ACME.ada, visitor)
    await visitor.submit(await visitor.open('/account'), '/account/delete', { confirm: 'ada' })
    const rows = await pair.sql('select subject from events where subject is not null')
    assert.deepEqual(rows, [{ subject: '3' }])
  })

  test('W11 the page of a denied linking says that nothing was connected, and who is still signed in', async () => {
    const visitor = pair.newVisitor()
    await enter({ ...AT_ACME.ada, name: 'Ada $& <b>' }, visitor)
    pair.bolt.on('/authorize', ({ query }, response) => {
      const url = callbackUrl(`${pair.bolt.origin}/authorize?${query}`, { error: 'access_denied' })
      response.writeHead(303, { Location: url }).end()
    })
    const page = await visitor.open(await askToConnect(visitor, 'bolt'))
    assertRefused(page, 403, 'provider_denied')
    assert.match(page.text, /<h1>You cancelled<\/h1>/)
    assert.match(page.text, /Nothing was connected\. You are still signed in as Ada \$&amp; &lt;b&gt;\./)
    assert.doesNotMatch(page.text, /nobody was signed in/i)
    assert.match(page.text, /href="\/account"/)
  })

  test('W11 every other refusal of a linking, or of a sign-in during a session, says who is still signed in', async () => {
    const visitor = pair.newVisitor()
    await enter(AT_ACME.ada, visitor)
    pair.bolt.on('/token', (_, response) => void response.writeHead(500).end())
    const connecting = await visitor.open(await askToConnect(visitor, 'bolt'))
    assertRefused(connecting, 502, 'provider_error')
    assert.match(connecting.text, /Nothing was connected\. You are still signed in as Ada\./)
    const beside = await signInThrough('bolt', pair, visitor, AT_BOLT.grace)
    assertRefused(beside, 502, 'provider_error')
    assert.match(beside.text, /Nothing was lost\. You are still signed in as Ada\./)
    for (const page of [connecting, beside]) assert.doesNotMatch(page.text, /nobody was signed in/i)
  })
})

test('B-60 a profile field of the settings that leads to no usable value is logged once, at the first sign-in, without the value', async t => {
  const acme = await startAcme(far => ({
    ...far.laterSettings(),
    ACME_EMAIL_FIELD: 'emails',
    ACME_LOGIN_FIELD: 'login',
  }))
  t.after(() => acme.stop())
  acme.knows({ ...AT_ACME.ada, emails: ['ada@example.org'] })
  for (let time = 0; time < 2; time++) await acme.newVisitor().follow('/')
  const lines = acme.app
    .logged()
    .split('\n')
    .filter(line => line.includes('_FIELD'))
  assert.equal(lines.length, 1, lines.join('\n'))
  const { level, msg } = JSON.parse(lines[0] ?? '')
  assert.equal(level, 40)
  assert.equal(
    msg,
    'ACME_EMAIL_FIELD=emails leads to a list that begins with a text at the first sign-in with acme, and one e-mail address is wanted there',
  )
  assert.doesNotMatch(acme.app.logged(), /ada@example\.org/)
})
