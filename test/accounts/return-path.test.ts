import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import { hostilePaths, wrongWith } from '../support/hostile-paths.js'

const ORIGIN = 'https://app.example'
const ORIGINS = [ORIGIN, 'http://localhost:3000']
const OWN = ['/login', '/logout', '/oauth', '/signed-out', '/custom/callback']
const RESERVED = [...OWN, ...OWN.map(path => `/x${path}`)]

const pathsAt = (origin: string) =>
  createReturnPaths({ publicUrl: origin, basePath: '/x', homePath: '/home', reserved: ['/custom/callback'] })
const paths = pathsAt(ORIGIN)

const REFUSED: readonly [rule: string, ...hostile: string[]][] = [
  ['OR-01 another origin', 'https://evil.example/'],
  ['OR-02 two slashes', '//evil.example', '//app.example/home'],
  ['OR-03 three slashes', '///evil.example'],
  ['OR-04 four slashes and an encoded one', '////evil.example/%2f..'],
  ['OR-05 a slash and a backslash', '/\\evil.example'],
  ['OR-06 two backslashes', '\\\\evil.example'],
  ['OR-07 a backslash and a slash', '\\/evil.example'],
  ['OR-08 slash, backslash, slash', '/\\/evil.example'],
  ['OR-09 backslashes and slashes in turn', '\\/\\/evil.example/'],
  ['OR-10 a tab between slashes', '/\t/evil.example'],
  ['OR-11 a line feed between slashes', '/\n/evil.example'],
  ['OR-12 a line end between slashes', '/\r\n/evil.example'],
  ['OR-13 tabs around a backslash', '/\t\t\\\t/evil.example'],
  ['OR-14 leading white space', '\t//evil.example', ' //evil.example', ' /home'],
  ['OR-15 leading control characters', '\x00//evil.example', '\x01//evil.example', '\x01/home'],
  ['OR-16 white space between slashes', '/ /evil.example', '/ \\evil.example', '/\v/evil.example'],
  ['OR-17 a path that two slashes begin once it is parsed', '/.//evil.example', '/%2e//evil.example'],
  ['OR-18 the same through the parent folder', '/..//evil.example', '/a/..//evil.example'],
  ['OR-20 dots and a backslash', '/./\\evil.example', '/./../../\\evil.example'],
  ['OR-21 a scheme without slashes', 'https:evil.example', 'http:evil.example', 'https:home'],
  ['OR-22 a scheme with one slash', 'https:/evil.example', 'http:/evil.example'],
  ['OR-23 a scheme with three slashes', 'https:///evil.example'],
  ['OR-24 a scheme with backslashes', 'http:\\\\evil.example'],
  ['OR-25 a scheme in mixed case', 'HtTpS://evil.example'],
  ['OR-26 our name as user information', 'https://app.example@evil.example/'],
  ['OR-27 our name and port as user information', 'https://app.example:443@evil.example'],
  ['OR-28 our name in front of another', 'https://app.example.evil.example/'],
  ['OR-29 our name at the end of another', 'https://evilapp.example/'],
  [
    'OR-30 our name somewhere in the URL',
    'https://evil.example?https://app.example',
    'https://evil.example#app.example',
    'https://evil.example/app.example',
  ],
  ['OR-31 a backslash that ends the host', 'https://evil.example\\.app.example', 'https://evil.example\\@app.example'],
  ['OR-32 an encoded dot in the host', 'https://app.example%2eevil.example/'],
  ['OR-33 dots and letters that IDNA maps', '//evil%E3%80%82example', '//evil。example', '//ｅｖｉｌ.example'],
  ['OR-34 a host that no parser takes', 'https://evil.c℀.app.example'],
  [
    'OR-35 a script',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    'java\r\nscript:alert(1)',
    '\x01javascript:alert(1)',
  ],
  [
    'OR-36 another scheme',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://evil.example',
    'intent://evil.example',
  ],
  ['OR-38 our origin with credentials', 'https://user:pw@app.example/'],
  [
    'OR-39 our host with another scheme, port or a last dot',
    'http://app.example/',
    'https://app.example:8443/',
    'https://app.example./',
  ],
  [
    'OR-40 a host written as a number',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:10.0.0.1]/',
    'http://00330.00072.0000326.00000316',
  ],
  ['OR-41 a header split', '/ok\r\nSet-Cookie: a=b', '/ok%0d%0aSet-Cookie:a=b'],
  [
    'OR-42 a path that is another one once decoded',
    '/%09/evil.example',
    '/%5cevil.example',
    '/home%5C',
    '/%2f%2fevil.example',
    '/%2Fevil.example',
    '/.%2f%2fevil.example',
    '/home%2f..%2f%2fevil.example',
  ],
  [
    'OR-43 a page of ours that loops or acts',
    ...RESERVED,
    '/login?return_to=/login',
    '/oauth/github/callback?code=x&state=y',
    '/LogIn',
    '/%6cogin',
    '/home/../logout',
    '/home/..%2flogin',
    '/x//login',
    '/x/%4c%4f%47%49%4e/github',
  ],
  ['OR-45 nothing, too much, or broken', '', '[object Object]', `/${'a'.repeat(9000)}`, '/%', '/%ff', '/‮/evil'],
  ['OR-46 an invalid URL', 'http://[', 'https://%', '//[', '//%'],
  ['OR-47 a captured request path with two slashes', '//evil.example/protected'],
  ['OR-51 a host that a wildcard would take', 'https://evil.example/?.app.example', 'app.example.evil'],
  ['OR-52 our own origin in front', 'https://app.example/home', 'https://app.example', 'https://app.example.evil'],
]

for (const [rule, ...hostile] of REFUSED)
  test(`${rule} is no return path`, () => {
    for (const origin of ORIGINS)
      for (const path of hostile) assert.equal(pathsAt(origin).read(path), undefined, JSON.stringify(path))
  })

test('OR-44 whatever is no text is no return path, and nothing throws', () => {
  const noTexts = [
    undefined,
    null,
    0,
    1,
    true,
    Number.NaN,
    [],
    ['/home'],
    ['/a', '//evil'],
    {},
    { href: '/home' },
    () => '/home',
  ]
  for (const value of noTexts) assert.equal(paths.read(value), undefined)
  assert.equal(paths.read({ toString: () => '/home', length: 5, startsWith: () => true }), undefined)
  assert.equal(paths.read(Symbol('/home')), undefined)
})

test('OR-56 each line of the corpus is refused, or leads a browser to a harmless path of ours', () => {
  assert.ok(new Set(hostilePaths).size >= 300)
  for (const origin of ORIGINS)
    for (const path of hostilePaths) {
      const saved = pathsAt(origin).read(path)
      if (saved !== undefined) assert.equal(wrongWith(saved, origin, RESERVED), undefined, JSON.stringify(path))
    }
})

test('OR-56 only lines of the corpus that name nobody else are kept', () => {
  const saved = hostilePaths.filter(path => paths.read(path) !== undefined)
  assert.deepEqual(
    saved.filter(path => !/^\/(?![/\\])/.test(path)),
    [],
  )
  assert.ok(saved.length < hostilePaths.length / 10, `${saved.length} of ${hostilePaths.length} are kept`)
})

test('reading what was read changes nothing', () => {
  const stable = (path: string) => {
    const once = paths.read(path)
    return once === undefined || paths.read(once) === once
  }
  for (const path of hostilePaths) assert.ok(stable(path), JSON.stringify(path))
})

const ACCEPTED: readonly (readonly [given: string, read?: string])[] = [
  ['/'],
  ['/home'],
  ['/home/'],
  ['/x'],
  ['/x/'],
  ['/profile'],
  ['/account?tab=sessions'],
  ['/search?q=a%20b&page=2'],
  ['/search?q=a+b'],
  ['/search?q=100%'],
  ['/search?q=%0d%0a'],
  ['/search?next=https://evil.example/'],
  ['/home#part-2'],
  ['/home?a=1#/deep/link'],
  ['/a//b'],
  ['/a;v=1/b'],
  ['/loginx'],
  ['/login-help'],
  ['/log/in'],
  ['/oauthorize-me'],
  ['/oauth2/x'],
  ['/logouts'],
  ['/signed-outside'],
  ['/docs/login'],
  ['/docs/oauth/callback'],
  ['/y/login'],
  ['/custom'],
  ['/custom/callbacks'],
  ['/.well-known/security.txt'],
  ['/v1.2.3/..hidden/...'],
  ['/~ada/notes'],
  ['/@ada'],
  ['/mailto:ada@example.org'],
  ['/projects/acme%2Fsite/files'],
  ['/100%25-wool'],
  ['/%C3%BCber'],
  ['/über', '/%C3%BCber'],
  ['/日本語?q=検索', '/%E6%97%A5%E6%9C%AC%E8%AA%9E?q=%E6%A4%9C%E7%B4%A2'],
  ['/👩‍🚀', '/%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80'],
  ["/it's"],
  ['/a"b<c>', '/a%22b%3Cc%3E'],
  ['/a/./b/../c', '/a/c'],
  ['/login/../home', '/home'],
  ['/home?', '/home'],
  [`/${'a'.repeat(1023)}`],
]

test('an ordinary path of ours is kept, percent-encoded', () => {
  for (const origin of ORIGINS)
    for (const [given, read = given] of ACCEPTED) assert.equal(pathsAt(origin).read(given), read)
})

test('B-55 the limit of 1,024 bytes holds after percent-encoding, and a longer path leads home', () => {
  assert.equal(paths.orHome(`/${'a'.repeat(1024)}`), paths.home)
  assert.equal(paths.read(`/${'a'.repeat(1024)}`), undefined)
  assert.equal(paths.read(`/${'ä'.repeat(170)}aaa`)?.length, 1024)
  assert.equal(paths.read(`/${'ä'.repeat(170)}aaaa`), undefined)
  assert.equal(paths.read(`/${'../'.repeat(400)}home`), undefined)
})

test('a very long text is refused by its length alone', () => {
  let looked = false
  const spied = new Proxy(URL, {
    construct(target, given) {
      looked = true
      return Reflect.construct(target, given)
    },
  })
  const original = globalThis.URL
  globalThis.URL = spied
  try {
    for (const text of ['/%61', '/../', '\u3000', '//', '%'])
      assert.equal(paths.read(`/${text.repeat(25_000)}`), undefined)
    assert.equal(looked, false)
    assert.equal(paths.read('/home'), '/home')
    assert.equal(looked, true)
  } finally {
    globalThis.URL = original
  }
})

test('a refused path becomes home, which lies behind the base path', () => {
  assert.equal(paths.home, '/x/home')
  assert.equal(paths.orHome('//evil.example'), '/x/home')
  assert.equal(paths.orHome(['/a']), '/x/home')
  assert.equal(paths.orHome('/a'), '/a')
  const plain = createReturnPaths({ publicUrl: ORIGIN, basePath: '', homePath: '/', reserved: [] })
  assert.equal(plain.home, '/')
  assert.equal(plain.read('/x/login'), '/x/login')
  assert.equal(plain.read('/custom/callback'), '/custom/callback')
})

test('a home where nobody can be sent is told at once', () => {
  for (const homePath of ['/login', '//evil.example', 'https://evil.example/', ''])
    assert.throws(() => createReturnPaths({ publicUrl: ORIGIN, basePath: '', homePath, reserved: [] }), /HOME_PATH is/)
})
