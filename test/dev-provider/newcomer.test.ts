import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNewcomer } from '../../src/dev-provider/newcomer.js'
import { readParams } from '../../src/dev-provider/params.js'
import { PEOPLE } from '../../src/dev-provider/people.js'
import { type Changes, encode, visit } from './visitor.js'

const read = (fields: Changes) => readNewcomer(readParams(encode(fields)))

test('somebody new signs in under the typed name, with a verified address', async t => {
  const { tokenFor, api } = await visit(t)
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
  for (const { id } of PEOPLE) assert.ok(id < 2n ** 30n || id >= 2n ** 31n)
})

const IMPOSSIBLE: Record<string, Changes> = {
  'no login': { new_login: ' ' },
  'a long login': { new_login: 'a'.repeat(40) },
  'a login with other characters': { new_login: 'a_b' },
  'a login with a line break': { new_login: 'a\nb' },
  'the login of a built-in person': { new_login: 'Ada' },
  'a long name': { new_login: 'a', new_name: 'a'.repeat(257) },
  'an e-mail without a host': { new_login: 'a', new_email: 'a@' },
  'an e-mail with two': { new_login: 'a', new_email: 'a@b@c' },
}

for (const [what, fields] of Object.entries(IMPOSSIBLE)) {
  test(`somebody new with ${what} is refused with a page`, async t => {
    assert.throws(() => read(fields), { name: 'Refusal', status: 400 })
    const { choose } = await visit(t)
    const answer = await choose({ person: '', ...fields })
    assert.equal(answer.status, 400)
    assert.match(await answer.text(), /cannot exist/)
  })
}

test('the longest login and name are accepted', () => {
  assert.equal(read({ new_login: 'a'.repeat(39), new_name: 'n'.repeat(256) }).name?.length, 256)
})
