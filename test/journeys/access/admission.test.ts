import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  type Acme,
  ADA,
  assertRefused,
  assertSignedOut,
  countRows,
  type Person,
  signIn,
  startAcme,
} from '../../support/acme-app.js'

const mail = (email: string, verified: unknown = true): Person => ({ ...ADA, email, email_verified: verified })

/** Who may enter under which rules, and who may not. */
const RULE_CASES: Record<string, { welcome: Person[]; strangers: Person[] }> = {
  'email:ada@company.com': {
    welcome: [mail('ada@company.com'), mail('Ada@Company.COM')],
    strangers: [
      mail('ada@company.com', false),
      mail('ada@company.com', 0),
      mail('ada@company.com', null),
      mail('ada@company.com', { truthy: true }),
      mail('bda@company.com'),
      mail('ada@company.com.evil'),
      { ...ADA, email: ['ada@company.com'] },
      { ...ADA, email: undefined, login: 'ada@company.com' },
    ],
  },
  'domain:company.com': {
    welcome: [mail('grace@company.com'), mail('grace@COMPANY.com')],
    strangers: [
      mail('x@notcompany.com'),
      mail('x@company.com.evil'),
      mail('x@sub.company.com'),
      mail('company.com@evil.example'),
      mail('x@company.com@evil.example'),
      mail('x@evil.example@company.com'),
      mail('x@company.com', false),
      mail('x@company.com', null),
      mail('company.com'),
      { ...ADA, email: undefined },
    ],
  },
  'login:acme:octocat': {
    welcome: [{ id: 2, login: 'octocat' }],
    strangers: [
      { id: 2, login: 'Octocat' },
      { id: 2, login: 'octocat2' },
      { id: 2, login: ' octocat' },
      { id: 2, name: 'octocat' },
      { id: 'octocat' },
    ],
  },
  'subject:acme:583231': {
    welcome: [{ id: 583231 }, { id: '583231' }],
    strangers: [{ id: 583232 }, { id: '0583231' }, { id: 1, login: '583231' }],
  },
  'group:acme:staff': {
    welcome: [
      { id: 5, groups: ['other', 'staff'] },
      { ...mail('x@evil.example', false), groups: ['staff'] },
      // A group may be an object, or a key of one: not all providers list texts.
      { id: 5, groups: [{ name: 'staff', id: 7 }] },
      { id: 5, groups: { staff: { 123: 'acme.example' } } },
      { id: 5, groups: { staff: 'staff' } },
    ],
    strangers: [
      { id: 6 },
      { id: 6, groups: [] },
      { id: 6, groups: 'staff' },
      { id: 6, groups: { staff: false, other: 'staff' } },
      { id: 6, groups: { name: 'staff' } },
      { id: 6, groups: ['Staff', 'staff2', 'other', 'staff,other', ' staff'] },
      { id: 6, groups: [['staff'], { id: 'staff' }, { name: ['staff'] }, { name: 'Staff' }] },
      { id: 6, roles: ['staff'], login: 'staff', 'acme.groups': ['staff'] },
    ],
  },
  'email:ada@company.com, login:acme:octocat': {
    welcome: [mail('ada@company.com'), { id: 3, login: 'octocat' }],
    strangers: [mail('eve@company.com'), { id: 3, login: 'eve' }],
  },
  '*': { welcome: [{ id: 4 }, mail('x@evil.example', false)], strangers: [] },
}

for (const [rules, { welcome, strangers }] of Object.entries(RULE_CASES)) {
  describe(`ALLOWED_USERS=${rules}`, () => {
    let acme: Acme
    before(async () => {
      acme = await startAcme({ ALLOWED_USERS: rules })
    })
    after(() => acme.stop())
    beforeEach(() => acme.sql('delete from users'))

    for (const person of welcome) {
      test(`ALLOWED_USERS=${rules} admits ${JSON.stringify(person)}`, async () => {
        acme.knows(person)
        assert.ok((await signIn(acme)).id)
      })
    }
    for (const person of strangers) {
      test(`ID-09 ALLOWED_USERS=${rules} refuses ${JSON.stringify(person)}, and stores no user`, async () => {
        acme.knows(person)
        const visitor = acme.newVisitor()
        const page = await visitor.follow('/login/acme?return_to=%2Fprofile')
        assertRefused(page, 403, 'not_admitted')
        assert.match(page.text, /href="\/login\/acme\?switch=1&amp;return_to=%2Fprofile"/)
        await assertSignedOut(acme, visitor)
      })
    }
  })
}

test('a user who was admitted before and is not any more is refused, and the row stays as it was', async () => {
  const acme = await startAcme({ ALLOWED_USERS: 'domain:company.com' })
  try {
    acme.knows(mail('ada@company.com'))
    await signIn(acme)
    acme.knows({ ...mail('ada@elsewhere.example'), name: 'Renamed' })
    assertRefused(await acme.newVisitor().follow('/'), 403, 'not_admitted')
    assert.deepEqual(await acme.sql('select name, email from users'), [
      { name: 'Ada Lovelace', email: 'ada@company.com' },
    ])
    assert.equal((await countRows(acme)).sessions, 1)
  } finally {
    await acme.stop()
  }
})

test('the page of a user who is not admitted names no rule, and the log does', async () => {
  const acme = await startAcme({ ALLOWED_USERS: 'email:the-boss@company.com' })
  try {
    const page = await acme.newVisitor().follow('/')
    assert.doesNotMatch(page.text, /the-boss/)
    assert.match(acme.app.logged(), /No rule of ALLOWED_USERS admits subject 1 of acme/)
  } finally {
    await acme.stop()
  }
})

describe('ID-13 What the rules say of a person who has changed at the provider', () => {
  let acme: Acme
  let now = Date.now()
  before(async () => {
    acme = await startAcme({ ALLOWED_USERS: 'login:acme:editor', SESSION_LIFETIME: '1h' }, { now: () => now })
  })
  after(() => acme.stop())

  test('ID-13 a change at the provider counts for the rules from the next sign-in, and at the latest when SESSION_LIFETIME ends', async () => {
    acme.knows({ id: 7, login: 'editor' })
    const editor = acme.newVisitor()
    await signIn(acme, editor)
    acme.knows({ id: 7, login: 'former-editor' })
    assert.equal((await editor.open('/')).status, 200)
    assertRefused(await acme.newVisitor().follow('/'), 403, 'not_admitted')
    now += 60 * 60_000
    assertRefused(await editor.follow('/'), 403, 'not_admitted')
  })
})
