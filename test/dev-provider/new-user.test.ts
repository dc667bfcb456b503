import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readParams } from '../../src/dev-provider/params.js'
import { readNewUser } from '../../src/dev-provider/user-choice.js'
import { TEST_USERS } from '../../src/dev-provider/users.js'
import { type Changes, encode, hiddenFields, setUp } from './setup.js'

const read = (fields: Changes) => readNewUser(readParams(encode(fields)))

test('somebody new signs in under the typed name, with a verified address', async t => {
  const { tokenFor, api } = await setUp(t)
  const token = await tokenFor({ person: '', new_login: 'Zoe-1', new_name: 'Zoë 🦊', new_email: 'zoe@example.org' })
  const user = (await (await api('/user', token)).json()) as Record<string, unknown>
  assert.deepEqual([user.login, user.name, user.email], ['Zoe-1', 'Zoë 🦊', 'zoe@example.org'])
  const emails = await (await api('/user/emails', token)).json()
  assert.deepEqual(emails, [{ email: 'zoe@example.org', primary: true, verified: true, visibility: 'public' }])
  assert.deepEqual(await (await api('/user/repos', token)).json(), [])
})

test('name and e-mail may be left out', () => {
  const { name, emails } = read({ new_login: 'zoe', new_name: ' ', new_email: '' })
  assert.deepEqual([name, emails], [null, []])
})

test('a login has one id whatever its case, and no built-in person has it', () => {
  assert.equal(read({ new_login: 'Zoe' }).id, read({ new_login: 'zOE', new_name: 'Other' }).id)
  const ids = Array.from({ length: 200 }, (_, at) => read({ new_login: `new-${at}` }).id)
  assert.equal(new Set(ids).size, 200)
  for (const id of ids) assert.ok(id >= 2n ** 30n && id < 2n ** 31n)
  for (const { id } of TEST_USERS) assert.ok(id < 2n ** 30n || id >= 2n ** 31n)
})

type Field = 'login' | 'name' | 'email'

const IMPOSSIBLE: Record<string, [fields: Changes, at: Field, says: RegExp]> = {
  'no login': [{ new_login: ' ' }, 'login', /1 to 39 letters/],
  'a long login': [{ new_login: 'a'.repeat(40) }, 'login', /1 to 39 letters/],
  'a login with other characters': [{ new_login: 'a_b' }, 'login', /1 to 39 letters/],
  'a login with a line break': [{ new_login: 'a\nb' }, 'login', /1 to 39 letters/],
  'the login of a built-in person': [{ new_login: 'Ada' }, 'login', /in the list has this login/],
  'a long name': [{ new_login: 'a', new_name: 'a'.repeat(257) }, 'name', /256 characters at most/],
  'an e-mail without a host': [{ new_login: 'a', new_email: 'a@' }, 'email', /looks like/],
  'an e-mail with two': [{ new_login: 'a', new_email: 'a@b@c' }, 'email', /looks like/],
}

for (const [what, [fields, at, says]] of Object.entries(IMPOSSIBLE)) {
  test(`W12: somebody new with ${what} gets the page again, with what was typed and the problem at its field`, async t => {
    assert.throws(() => read(fields), { name: 'InvalidNewUser' })
    const { choose, post } = await setUp(t)
    const again = await choose({ person: '', ...fields })
    assert.equal(again.status, 400)
    assert.equal(again.headers.get('location'), null)
    const html = await again.text()
    const [, input = '', after = ''] =
      new RegExp(`(<input name="new_${at}"[^>]*>)([\\s\\S]*?)</label>`).exec(html) ?? []
    assert.match(input, / aria-invalid="true" aria-describedby="problem" autofocus/)
    assert.match(after, /<span class="warn" id="problem">/)
    assert.match(after, says)
    assert.equal(html.split('id="problem"').length, 2)
    for (const [name, value] of Object.entries(fields).filter(([, value]) => value?.trim()))
      assert.ok(new RegExp(`<input name="${name}" value="${value}"`).test(html), name)

    // The form of that page works as the first one did.
    const back = await post('/login/oauth/authorize', { ...hiddenFields(html), person: '', new_login: 'zoe' })
    assert.equal(back.status, 303)
  })
}

test('W12: markup that was typed is text on the page that comes again', async t => {
  const { choose } = await setUp(t)
  const html = await (await choose({ person: '', new_login: '"><script>alert(1)</script>' })).text()
  assert.doesNotMatch(html, /<script/)
})

test('W12: only the form of somebody new is checked by the browser: a person and Deny need none of its fields', async t => {
  const { authorize } = await setUp(t)
  const html = await (await authorize()).text()
  assert.match(html, /<input name="new_login"[^>]* required pattern="[^"]+"/)
  const people = [...html.matchAll(/<button class="person"[^>]*>/g)].map(([button]) => button)
  assert.equal(people.length, TEST_USERS.length)
  for (const button of people) assert.match(button, / formnovalidate>/)
})

test('the longest login and name are accepted', () => {
  assert.equal(read({ new_login: 'a'.repeat(39), new_name: 'n'.repeat(256) }).name?.length, 256)
})
