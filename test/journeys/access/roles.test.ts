import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Settings, startApp, type TestApp } from '../../support/app.js'
import { HttpBrowser } from '../../support/http-browser.js'

/** Both protocols say which groups a person is in, each in its own way. */
const PROTOCOLS = { dev: ['read:user', 'user:email', 'read:org'], 'dev-oidc': ['openid', 'profile', 'email', 'groups'] }

const rulesFor = (protocol: string): Settings => ({
  PROVIDERS: protocol,
  DEFAULT_PROVIDER: protocol,
  ALLOWED_USERS: `group:${protocol}:acme, login:${protocol}:turing`,
  ROLE_RULES: `writer=group:${protocol}:acme/writers;staff=group:${protocol}:acme/staff;member=*;owner=email:grace@example.org`,
})

async function rolesOf(app: TestApp, person: string): Promise<unknown> {
  const visitor = new HttpBrowser(app.origin)
  await visitor.signIn(person)
  return JSON.parse((await visitor.ask('/api/session')).text).user?.roles
}

async function requestedScope(app: TestApp): Promise<string[]> {
  const visitor = new HttpBrowser(app.origin)
  let page = await visitor.open('/')
  while (page.location?.startsWith(app.origin)) page = await visitor.open(page.location)
  return new URL(page.location ?? '').searchParams.get('scope')?.split(' ') ?? []
}

for (const [protocol, scope] of Object.entries(PROTOCOLS)) {
  describe(`Rules about groups, at ${protocol}`, () => {
    let app: TestApp
    before(async () => {
      app = await startApp(rulesFor(protocol))
    })
    after(() => app.stop())

    test(`group rules at ${protocol} admit the members of the group, with the roles of the rules`, async () => {
      assert.deepEqual(await rolesOf(app, 'ada'), ['member', 'staff', 'writer'])
      assert.deepEqual(await rolesOf(app, 'grace'), ['member', 'owner', 'staff'])
      assert.deepEqual(await rolesOf(app, 'bobby'), ['member'])
    })

    test(`CVE-2021-21411 group rules at ${protocol} refuse users in other groups only, or in none`, async () => {
      for (const person of ['alkhwarizmi', 'k']) {
        const page = await new HttpBrowser(app.origin).signIn(person)
        assert.equal(page.status, 403)
        assert.match(page.text, /not_admitted/)
      }
    })

    test(`group rules at ${protocol} do not confuse groups of two organisations`, async () => {
      assert.deepEqual(await rolesOf(app, 'turing'), ['member'])
    })

    test(`group rules at ${protocol} make the app request the scope for groups`, async () => {
      assert.deepEqual(await requestedScope(app), scope)
    })
  })

  test(`without group rules the app requests no scope for groups at ${protocol}, and gives no roles`, async () => {
    const app = await startApp({ PROVIDERS: protocol, DEFAULT_PROVIDER: protocol })
    try {
      assert.deepEqual(await requestedScope(app), scope.slice(0, -1))
      assert.deepEqual(await rolesOf(app, 'ada'), [])
    } finally {
      await app.stop()
    }
  })
}

test('a SCOPE without groups admits no user by a group rule', async () => {
  const app = await startApp({ ...rulesFor('dev'), DEV_SCOPE: 'read:user user:email' })
  try {
    assert.match((await new HttpBrowser(app.origin).signIn('ada')).text, /not_admitted/)
    assert.deepEqual(await rolesOf(app, 'turing'), ['member'])
  } finally {
    await app.stop()
  }
})
