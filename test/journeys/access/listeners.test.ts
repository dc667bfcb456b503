import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HookEvents, HookName, Hooks, Listener } from '../../../src/accounts/hooks.js'
import { connect, disconnect, eventsOf } from '../../support/account-actions.js'
import { assertRefused, countRows, sessionOf } from '../../support/acme-app.js'
import { startApp } from '../../support/app.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { AT_ACME, AT_BOLT, signInThrough, startTwoProviderApp } from '../../support/two-provider-app.js'

const HOOKS = ['signed-in', 'sign-in-refused', 'connected', 'disconnected', 'token-refreshed', 'signed-out'] as const

/** What the compiler takes; each line stops to compile as soon as it is not so. */
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
type Takes<Name extends HookName, Given> = Given extends Listener<Name> ? true : false
const TYPED: {
  names: Same<Parameters<Hooks['on']>[0], (typeof HOOKS)[number] | 'signing-in'>
  aMisspeltName: 'signed_in' extends HookName ? true : false
  aListenerOfItsOwnEvent: Takes<'signed-in', (event: HookEvents['signed-in']) => void>
  oneThatRespondsLater: Takes<'signed-out', () => Promise<void>>
  aListenerOfAnotherEvent: Takes<'signed-out', (event: HookEvents['signed-in']) => void>
  refusingAfterwards: 'refuse' extends keyof HookEvents['signed-in'] ? true : false
} = {
  names: true,
  aMisspeltName: false,
  aListenerOfItsOwnEvent: true,
  oneThatRespondsLater: true,
  aListenerOfAnotherEvent: false,
  refusingAfterwards: false,
}

test('hooks are typed: a wrong name, and a listener of another event, do not compile', () => {
  assert.deepEqual(Object.values(TYPED), [true, false, true, true, false, false])
})

test('listeners of signing-in are called one after the other, and none after a refusal', async () => {
  const site = await startTwoProviderApp()
  try {
    const asked: number[] = []
    const { vestibule } = site.app
    vestibule.on('signing-in', async () => void asked.push(1))
    vestibule.on('signing-in', ({ refuse, profile }) => {
      asked.push(2)
      if (profile.login === 'ada') refuse('Not you.')
    })
    vestibule.on('signing-in', () => void asked.push(3))
    assertRefused(await signInThrough('acme', site, site.newVisitor(), AT_ACME.ada), 403, 'refused_by_app')
    assert.deepEqual([asked, (await countRows(site)).users], [[1, 2], 0])
    assert.equal((await signInThrough('acme', site, site.newVisitor(), AT_ACME.grace)).status, 200)
    assert.deepEqual(asked, [1, 2, 1, 2, 3])
  } finally {
    await site.stop()
  }
})

test('one listener gets the events of every provider, in the same form for each protocol', async () => {
  const app = await startApp({ PROVIDERS: 'dev,dev-oidc,dev-oauth1', ACCOUNT_LINKING: 'never' })
  try {
    const reported: string[] = []
    for (const name of ['signing-in', 'signed-in'] as const) {
      app.vestibule.on(name, ({ provider, profile }) => void reported.push(`${name} ${provider} ${profile.name}`))
    }
    for (const provider of ['dev', 'dev-oidc', 'dev-oauth1']) {
      assert.equal((await new HttpBrowser(app.origin).signIn('ada', `/login/${provider}`)).status, 200)
      assert.deepEqual(reported.splice(0), [
        `signing-in ${provider} Ada Lovelace`,
        `signed-in ${provider} Ada Lovelace`,
      ])
    }
  } finally {
    await app.stop()
  }
})

describe('A listener of any other hook', () => {
  const FAILURE: Record<string, () => void | Promise<void>> = {
    'throws at once': () => assert.fail('A hook slipped'),
    'fails later': async () => assert.fail('A hook slipped'),
    'never ends': () => new Promise<void>(() => {}),
  }
  for (const [problem, fails] of Object.entries(FAILURE)) {
    test(`a listener of another hook that ${problem} changes nothing`, async () => {
      let clock = Date.now()
      const failing = await startTwoProviderApp({}, { now: () => clock++ })
      try {
        for (const name of HOOKS) failing.app.vestibule.on(name, fails)
        const visitor = failing.newVisitor()
        assert.equal((await signInThrough('acme', failing, visitor, AT_ACME.ada)).status, 200)
        const { id } = (await sessionOf(visitor)).user
        failing.bolt.useBrowser(visitor, AT_BOLT.ada)
        await connect(visitor, 'bolt')
        await disconnect(visitor, failing, 'bolt')
        const out = await visitor.submit(await visitor.open('/logout'), '/logout')
        assert.equal(out.location, `${failing.app.origin}/signed-out`)
        assert.equal((await failing.newVisitor().open('/oauth/acme/callback?code=a&state=b')).status, 400)
        const happened = ['signed-in acme new_account', 'connected bolt', 'disconnected bolt', 'signed-out acme']
        assert.deepEqual(await eventsOf(failing, id), happened)
        assert.equal(failing.app.logged().includes('A listener failed'), problem !== 'never ends')
      } finally {
        await failing.stop()
      }
    })
  }
})
