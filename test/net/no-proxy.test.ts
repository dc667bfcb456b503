import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNoProxyEntry } from '../../src/config/app/proxies.js'
import { createProxyChoice } from '../../src/net/proxies.js'

const proxy = (variable: string) => ({ variable, tls: false, host: 'proxy.test', port: 3128, authorization: undefined })

/** The variable whose proxy leads to a URL, under this NO_PROXY. */
function wayTo(url: string, noProxy = ''): string {
  const entries = noProxy.split(/[\s,]+/).flatMap(text => (text ? (readNoProxyEntry(text) ?? assert.fail(text)) : []))
  const choose = createProxyChoice({ https: proxy('HTTPS_PROXY'), http: proxy('HTTP_PROXY'), noProxy: entries })
  const { protocol, hostname, port } = new URL(url)
  const target = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443 }
  return choose(target)?.variable ?? 'direct'
}

test('B-08 the scheme of the URL chooses the proxy', () => {
  assert.equal(wayTo('https://op.example/token'), 'HTTPS_PROXY')
  assert.equal(wayTo('http://op.example/token'), 'HTTP_PROXY')
  const choose = createProxyChoice({ https: proxy('HTTPS_PROXY'), http: undefined, noProxy: [] })
  assert.equal(choose({ protocol: 'http:', hostname: 'op.example', port: 80 }), undefined)
})

test('B-08 no proxy leads to this machine, whatever it is called', () => {
  for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'dev.a.localhost.']) {
    assert.equal(wayTo(`https://${host}:3001/`), 'direct', host)
  }
  for (const host of ['127.0.0.1', '127.8.9.10', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0.0.0.0', '[::]']) {
    assert.equal(wayTo(`http://${host}:3001/`), 'direct', host)
  }
  for (const host of ['localhost.example', 'notlocalhost', '128.0.0.1', '10.0.0.1', '[::2]']) {
    assert.equal(wayTo(`https://${host}/`), 'HTTPS_PROXY', host)
  }
})

/** What NO_PROXY says, which URLs it excepts, and which not. */
const TABLE: readonly (readonly [noProxy: string, direct: string[], proxied: string[]])[] = [
  ['*', ['op.example', '10.0.0.5', '[2001:db8::1]'], []],
  ['a.test,*', ['op.example'], []],
  [
    'op.example',
    ['op.example', 'OP.example', 'op.example.', 'a.op.example', 'op.example:8443'],
    ['xop.example', 'example'],
  ],
  ['.op.example', ['op.example', 'a.b.op.example'], ['xop.example']],
  ['*.op.example', ['op.example', 'a.op.example'], ['xop.example']],
  ['OP.Example.', ['op.example'], ['op.test']],
  ['op.example:8443', ['op.example:8443', 'a.op.example:8443'], ['op.example', 'op.example:443']],
  ['op.example:443', ['op.example'], ['op.example:8443']],
  ['b\u00fccher.example', ['xn--bcher-kva.example', 'b\u00fccher.example'], ['bcher.example']],
  ['keycloak', ['keycloak', 'keycloak:8443'], ['keycloak.example']],
  ['my_host.corp', ['my_host.corp'], ['myhost.corp']],
  ['10.0.0.5', ['10.0.0.5', '10.0.0.5:8443', '[::ffff:10.0.0.5]'], ['10.0.0.55', '110.0.0.5', '10.0.0.5.example']],
  ['10.0.0.5:8443', ['10.0.0.5:8443'], ['10.0.0.5']],
  ['10.0.0.0/8', ['10.255.0.1', '[::ffff:a00:1]'], ['11.0.0.1', 'op.example']],
  ['0.0.0.0/0', ['203.0.113.7'], ['[2001:db8::1]', 'op.example']],
  ['fd00::/8', ['[fd12::1]'], ['[fe80::1]', '10.0.0.1']],
  ['2001:db8::1', ['[2001:db8::1]', '[2001:db8:0:0::1]:8443'], ['[2001:db8::2]']],
  ['[2001:db8::1]', ['[2001:db8::1]'], ['[2001:db8::2]']],
  ['[2001:db8::1]:8443', ['[2001:db8::1]:8443'], ['[2001:db8::1]']],
  ['a.test, b.test\tc.test', ['a.test', 'b.test', 'c.test'], ['d.test']],
]

test('B-08 NO_PROXY excepts hosts, suffixes, ports, addresses and ranges, in all the ways that are usual', () => {
  for (const [noProxy, direct, proxied] of TABLE) {
    for (const host of direct) assert.equal(wayTo(`https://${host}/`, noProxy), 'direct', `${noProxy}: ${host}`)
    for (const host of proxied) assert.equal(wayTo(`https://${host}/`, noProxy), 'HTTPS_PROXY', `${noProxy}: ${host}`)
  }
})

test('B-08 what can match no host is no entry of NO_PROXY', () => {
  const texts = ['https://op.example', 'op.example/path', 'a@b', '10.*', 'a*.test', '.', '*.', ':80', 'a:0', 'a:99999']
  for (const text of [
    ...texts,
    '10.0.0.0/33',
    '10.0.0.0/',
    '::1/129',
    '[::1',
    '[op]:1',
    '1.2.3.4.5',
    'a..b',
    '%41',
    '',
  ]) {
    assert.equal(readNoProxyEntry(text), undefined, text)
  }
})
