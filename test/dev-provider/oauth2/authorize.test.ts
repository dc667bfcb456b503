import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAUTH2_FAULTS } from '../fault-outcomes.js'
import { CALLBACK, type Changes, encode, PUBLIC, REQUEST, sentTo, setUp } from '../setup.js'

test('the authorize page says what it is, which app asks for which scope, and offers all users', async t => {
  const { authorize } = await setUp(t)
  const html = await (await authorize()).text()
  for (const text of ['Vestibule', 'read:user', 'user:email', 'Ada Lovelace', 'محمد بن موسى']) {
    assert.ok(html.includes(text), text)
  }
  assert.match(html, /development/i)
  for (const login of ['ada', 'grace', 'alkhwarizmi', 'bobby', 'turing', 'k', '']) {
    assert.match(html, new RegExp(`<button[^>]*name="person"[^>]*value="${login}"`), login)
  }
  for (const fault of ['', ...OAUTH2_FAULTS.map(({ name }) => name)]) {
    assert.match(html, new RegExp(`<input[^>]*name="fault"[^>]*value="${fault}"`), fault)
  }
})

test('HTML in a name, in the name of the app and in a parameter is text on the page', async t => {
  const { authorize } = await setUp(t)
  const html = await (await authorize({ client_id: PUBLIC.clientId, state: '"><script>alert(2)</script>' })).text()
  assert.ok(html.includes('&lt;b&gt;Bobby&lt;/b&gt; &amp; &quot;Tables&quot;&lt;script&gt;'))
  assert.ok(html.includes('Public &lt;i&gt;app&lt;/i&gt;'))
  assert.ok(!html.includes('<script'))
})

test('choosing a user sends code and state back to the app', async t => {
  const { choose } = await setUp(t)
  const response = sentTo(await choose({ person: 'ada' }))
  assert.deepEqual([...response.keys()].sort(), ['code', 'state'])
  assert.equal(response.get('state'), REQUEST.state)
})

test('an absent fault and an empty one mean none', async t => {
  const { choose } = await setUp(t)
  assert.ok(sentTo(await choose({ person: 'ada', fault: '' })).has('code'))
})

test('a state of any printable characters comes back as it was sent', async t => {
  const { choose } = await setUp(t)
  const state = '<a href="x">&amp;+ %20=?#\\'
  assert.equal(sentTo(await choose({ person: 'ada' }, { state })).get('state'), state)
})

test('a request without state gets a response without state', async t => {
  const { choose } = await setUp(t)
  assert.deepEqual([...sentTo(await choose({ person: 'ada' }, { state: undefined })).keys()], ['code'])
})

test('the query of the redirect_uri is kept as it is', async t => {
  const { choose } = await setUp(t)
  const redirect_uri = `${CALLBACK}?a=1%202&b=%2B`
  const response = await choose({ person: 'ada' }, { redirect_uri })
  assert.ok(response.headers.get('location')?.startsWith(`${redirect_uri}&code=`))
})

const NOT_OURS: Record<string, string | undefined> = {
  absent: undefined,
  empty: '',
  'of another host': 'http://evil.example/oauth/dev/callback',
  'of another port': 'http://localhost:3001/oauth/dev/callback',
  'of another scheme': 'https://localhost:3000/oauth/dev/callback',
  'at a host that begins like ours': 'http://localhost:3000.evil.example/',
  'with our origin as a user name': 'http://localhost:3000@evil.example/',
  'with a user name': 'http://me@localhost:3000/oauth/dev/callback',
  'with a fragment': `${CALLBACK}#x`,
  'with an empty fragment': `${CALLBACK}#`,
  'with backslashes': 'http:\\\\localhost:3000\\oauth',
  'with a tab in it': 'http://localhost:3000/oauth\t/dev/callback',
  'with a space before it': ` ${CALLBACK}`,
  'relative to nothing': '/oauth/dev/callback',
  'relative to a scheme': '//localhost:3000/oauth/dev/callback',
  'a script': 'javascript:alert(1)',
}

for (const [what, redirect_uri] of Object.entries(NOT_OURS)) {
  test(`a redirect_uri ${what} is refused, on the page and after it`, async t => {
    const { authorize, post } = await setUp(t)
    const path = '/login/oauth/authorize'
    const responses = [
      await authorize({ redirect_uri }),
      await post(path, { ...REQUEST, redirect_uri, person: 'ada' }),
      await post(path, { ...REQUEST, redirect_uri, person: 'ada', fault: 'denied' }),
    ]
    for (const response of responses) {
      assert.equal(response.status, 400)
      assert.equal(response.headers.get('location'), null)
      assert.match(await response.text(), /redirect_uri/)
    }
  })
}

const UNREADABLE: Record<string, string> = {
  'an unknown app': encode({ ...REQUEST, client_id: 'nobody' }),
  'no app': encode({ ...REQUEST, client_id: undefined }),
  'two apps': `${encode(REQUEST)}&client_id=public`,
  'two redirect_uris': `${encode(REQUEST)}&redirect_uri=${encodeURIComponent(CALLBACK)}`,
}

for (const [what, query] of Object.entries(UNREADABLE)) {
  test(`a request of ${what} gets a page and no redirect`, async t => {
    const { open } = await setUp(t)
    const response = await open(`/login/oauth/authorize?${query}`)
    assert.equal(response.status, 400)
    assert.match(response.headers.get('content-type') ?? '', /text\/html/)
    assert.equal(response.headers.get('location'), null)
  })
}

const MISTAKES: Record<string, [Changes, error: string, explanation: RegExp]> = {
  'no response_type': [{ response_type: undefined }, 'invalid_request', /response_type/],
  'response_type token': [{ response_type: 'token' }, 'unsupported_response_type', /response_type/],
  'no code_challenge': [{ code_challenge: undefined }, 'invalid_request', /code_challenge is missing.*PKCE/],
  'an empty code_challenge': [{ code_challenge: '' }, 'invalid_request', /code_challenge is missing/],
  'PKCE method plain': [{ code_challenge_method: 'plain' }, 'invalid_request', /S256/],
  'no PKCE method': [{ code_challenge_method: undefined }, 'invalid_request', /S256/],
  'a short code_challenge': [{ code_challenge: 'A'.repeat(42) }, 'invalid_request', /SHA-256/],
  'a long code_challenge': [{ code_challenge: 'A'.repeat(44) }, 'invalid_request', /SHA-256/],
  'a code_challenge in base64': [{ code_challenge: `+${'A'.repeat(42)}` }, 'invalid_request', /SHA-256/],
  'a scope with quotes': [{ scope: 'read:"user"' }, 'invalid_scope', /scope/],
}

for (const [what, [changes, error, explanation]] of Object.entries(MISTAKES)) {
  test(`the app receives the error for ${what}, before the page and after it`, async t => {
    const { authorize, post } = await setUp(t)
    const late = await post('/login/oauth/authorize', { ...REQUEST, ...changes, person: 'ada' })
    for (const response of [sentTo(await authorize(changes)), sentTo(late)]) {
      assert.equal(response.get('error'), error)
      assert.match(response.get('error_description') ?? '', explanation)
      assert.equal(response.get('state'), REQUEST.state)
      assert.equal(response.get('code'), null)
    }
  })
}

test('a state with control characters is refused and not echoed', async t => {
  const { authorize } = await setUp(t)
  const response = sentTo(await authorize({ state: 'a\r\nb' }))
  assert.equal(response.get('error'), 'invalid_request')
  assert.equal(response.get('state'), null)
})

for (const name of ['state', 'scope', 'code_challenge', 'response_type', 'prompt']) {
  test(`${name} twice is refused`, async t => {
    const { open } = await setUp(t)
    const response = sentTo(await open(`/login/oauth/authorize?${encode({ ...REQUEST, [name]: 'a' })}&${name}=a`))
    assert.equal(response.get('error'), 'invalid_request')
    assert.match(response.get('error_description') ?? '', /once/)
    assert.equal(response.get('state'), name === 'state' ? null : REQUEST.state)
  })
}

test('an unknown user and an unknown fault get an error page, also where the name is a property of every object', async t => {
  const { choose } = await setUp(t)
  for (const choice of [
    { person: 'mallory' },
    { person: '__proto__' },
    { person: 'ada', fault: 'x' },
    { person: 'ada', fault: 'constructor' },
    { person: '', new_login: '' },
    {},
  ]) {
    const response = await choose(choice)
    assert.equal(response.status, 400, JSON.stringify(choice))
    assert.equal(response.headers.get('location'), null)
  }
})

test('"denied" goes back to the app with access_denied and no code', async t => {
  const { choose } = await setUp(t)
  const response = sentTo(await choose({ person: 'ada', fault: 'denied' }))
  assert.equal(response.get('error'), 'access_denied')
  assert.ok(response.get('error_description'))
  assert.equal(response.get('state'), REQUEST.state)
  assert.equal(response.get('code'), null)
})

test('a choice that is no form, compressed or too large is refused', async t => {
  const { open, post } = await setUp(t)
  const path = '/login/oauth/authorize'
  const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
  assert.equal((await open(path, json)).status, 415)
  assert.equal((await open(path, { method: 'POST' })).status, 415)
  assert.equal((await post(path, { person: 'ada' }, { 'content-encoding': 'gzip' })).status, 415)
  assert.equal((await post(path, { ...REQUEST, person: 'ada', x: 'x'.repeat(64 * 1024) })).status, 413)
})

test('a form post needs no Origin, because a page without referrer sends null', async t => {
  const { post } = await setUp(t)
  const response = await post('/login/oauth/authorize', { ...REQUEST, person: 'ada' }, { origin: 'null' })
  assert.ok(sentTo(response).has('code'))
  assert.equal(response.headers.get('set-cookie'), null)
})
