import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startApp, type TestApp } from '../../support/app.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { type Postgres, startPostgres } from '../../support/postgres.js'

let postgres: Postgres
let folder: string

before(async () => {
  postgres = await startPostgres()
  folder = mkdtempSync(join(tmpdir(), 'vestibule-journey-'))
})
after(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

const databases = {
  SQLite: async () => `sqlite:${join(folder, 'vestibule.db')}`,
  PostgreSQL: () => postgres.freshDatabase(),
}

for (const [name, url] of Object.entries(databases)) {
  describe(`A whole sign-in on ${name}`, () => {
    let app: TestApp
    before(async () => {
      app = await startApp({ DATABASE_URL: await url() })
    })
    after(() => app.stop())

    test(`a whole sign-in on ${name} leads from the home page to the provider and back, and greets by name`, async () => {
      const ada = new HttpBrowser(app.origin)
      const first = await ada.open('/')
      assert.equal(first.status, 303)
      assert.ok(first.location?.startsWith(`${app.devProviderUrl}/login/oauth/authorize?`), first.location)

      const home = await ada.signIn('ada')
      assert.equal(home.status, 200)
      assert.equal(home.url, `${app.origin}/`)
      assert.match(home.text, /<h1>Hello, Ada Lovelace<\/h1>/)
      assert.match(home.text, /Signed in with Development provider\./)
    })

    test(`a whole sign-in on ${name} shows the live profile and the repositories`, async () => {
      const ada = new HttpBrowser(app.origin)
      const profile = await ada.signIn('ada', '/profile')
      assert.equal(profile.url, `${app.origin}/profile`)
      assert.match(profile.text, /ada@example\.org/)
      assert.match(profile.text, /Repositories/)
    })

    test(`a whole sign-in on ${name} keeps the session over many requests, and ends it by the button`, async () => {
      const grace = new HttpBrowser(app.origin)
      await grace.signIn('grace')
      assert.match((await grace.open('/')).text, /grace/)
      const gone = await grace.submit(await grace.open('/logout'), '/logout')
      assert.equal(gone.location, `${app.origin}/signed-out`)
      assert.equal((await grace.open('/')).status, 303)
      assert.deepEqual(JSON.parse((await grace.ask('/api/session')).text), { signed_in: false })
    })

    test(`a whole sign-in on ${name} recognises a person who comes again`, async () => {
      const there = new HttpBrowser(app.origin)
      const here = new HttpBrowser(app.origin)
      const id = async (visitor: HttpBrowser) => JSON.parse((await visitor.ask('/api/session')).text).user.id
      await there.signIn('alkhwarizmi')
      await here.signIn('alkhwarizmi')
      assert.equal(await id(there), await id(here))
    })
  })
}
