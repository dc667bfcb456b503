import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeProxies } from '../../../src/config/app/proxies.js'
import type { EnvValues } from '../../../src/config/reader.js'
import { inLocal, inProd, issuesInLocal, issuesInProd, warningsOf } from '../parse-settings.js'

const proxiesOf = (process: EnvValues, read = inProd) => read({}, { process }).config.proxies
const addressesOf = (process: EnvValues, read = inProd) => {
  const { https, http } = proxiesOf(process, read) ?? {}
  return [https, http].map(proxy => proxy && `${proxy.variable} ${proxy.tls ? 'tls ' : ''}${proxy.host} ${proxy.port}`)
}
const warningsFor = (process: EnvValues, read = inProd) => warningsOf(read({}, { process }))

test('B-08 without a variable there is no proxy, and NO_PROXY alone makes none', () => {
  for (const process of [{}, { NO_PROXY: '*' }, { HTTPS_PROXY: '' }, { ALL_PROXY: '', http_proxy: '' }]) {
    assert.equal(proxiesOf(process), undefined)
  }
})

test('B-08 HTTPS_PROXY is for https, HTTP_PROXY for http, and ALL_PROXY where one of them is not set', () => {
  const all = { ALL_PROXY: 'http://all.test:3' }
  const https = { HTTPS_PROXY: 'http://a.test:1' }
  const http = { HTTP_PROXY: 'http://b.test:2' }
  assert.deepEqual(addressesOf({ ...https, ...http }), ['HTTPS_PROXY a.test 1', 'HTTP_PROXY b.test 2'])
  assert.deepEqual(addressesOf(https), ['HTTPS_PROXY a.test 1', undefined])
  assert.deepEqual(addressesOf(all), ['ALL_PROXY all.test 3', 'ALL_PROXY all.test 3'])
  assert.deepEqual(addressesOf({ ...all, ...http }), ['ALL_PROXY all.test 3', 'HTTP_PROXY b.test 2'])
  assert.deepEqual(addressesOf(http), [undefined, 'HTTP_PROXY b.test 2'])
  assert.deepEqual(warningsFor(http), [
    'HTTP_PROXY is for http:// only, so https:// does not use the proxy; set HTTPS_PROXY for providers',
  ])
})

test('B-08 the lower-case variable is used, with a warning where they differ, and hides the other one when it is empty', () => {
  const both = { https_proxy: 'http://a.test:1', HTTPS_PROXY: 'http://b.test:2' }
  assert.deepEqual(addressesOf(both), ['https_proxy a.test 1', undefined])
  assert.deepEqual(warningsFor(both), ['HTTPS_PROXY and https_proxy differ; https_proxy is used'])
  assert.deepEqual(warningsFor({ https_proxy: 'http://a.test:1', HTTPS_PROXY: 'http://a.test:1' }), [])
  assert.equal(proxiesOf({ ...both, https_proxy: '' }), undefined)
  assert.deepEqual(addressesOf({ http_proxy: 'http://a.test:1', all_proxy: 'http://c.test:3' }), [
    ...['all_proxy c.test 3', 'http_proxy a.test 1'],
  ])
})

test('B-08 a proxy is a URL or host:port, with TLS if it is https, and without a port at that of its scheme', () => {
  const table: [value: string, address: string][] = [
    ['http://proxy.test:3128', 'proxy.test 3128'],
    ['http://proxy.test:3128/', 'proxy.test 3128'],
    ['proxy.test:3128', 'proxy.test 3128'],
    ['user:pw@proxy.test:3128', 'proxy.test 3128'],
    ['10.0.0.5:8080', '10.0.0.5 8080'],
    ['http://proxy.test', 'proxy.test 80'],
    ['https://proxy.test', 'tls proxy.test 443'],
    ['HTTPS://PROXY.test:8443', 'tls proxy.test 8443'],
    ['http://[2001:db8::5]:3128', '2001:db8::5 3128'],
    ['[2001:db8::5]:3128', '2001:db8::5 3128'],
  ]
  for (const [value, address] of table) {
    assert.deepEqual(addressesOf({ HTTPS_PROXY: value })[0], `HTTPS_PROXY ${address}`, value)
  }
})

test('B-08 user and password are sent to the proxy decoded, and no description shows them', () => {
  const basicOf = (value: string) => {
    const [, encoded = ''] = proxiesOf({ HTTPS_PROXY: value })?.https?.authorization?.split(' ') ?? []
    return Buffer.from(encoded, 'base64').toString()
  }
  assert.equal(basicOf('http://ada:p%40ss%2Fw%C3%B6rd@proxy.test:3128'), 'ada:p@ss/wörd')
  assert.equal(basicOf('http://ada@proxy.test:3128'), 'ada:')
  assert.equal(proxiesOf({ HTTPS_PROXY: 'http://proxy.test:3128' })?.https?.authorization, undefined)
  const proxies = proxiesOf({ HTTPS_PROXY: 'http://ada:sesame@proxy.test:3128', no_proxy: '.corp.test, 10.0.0.0/8' })
  assert.equal(
    proxies && describeProxies(proxies),
    'Calls to providers go through a proxy: https:// by proxy.test:3128 (HTTPS_PROXY). This machine itself goes past it, and what NO_PROXY names (.corp.test and 10.0.0.0/8)',
  )
})

test('B-08 a value that cannot be used stops the start, names the variable and never the password', () => {
  const one = 'write a URL like http://proxy.example.org:3128'
  const bare = 'write it without path, query and fragment'
  const code = 'its user or password has a % that begins no code; percent-encode it'
  const header = 'a user with a colon, and control characters, cannot be sent to a proxy'
  const table: [value: string, issue: string][] = [
    ['yes', `"yes"; ${one}`],
    ['proxy.test', `"proxy.test"; ${one}`],
    ['http:proxy.test:3128', `"http:proxy.test:3128"; ${one}`],
    ['http:///proxy.test', `"http:///proxy.test"; ${one}`],
    ['ftp://proxy.test:21', `"ftp://proxy.test:21"; ${one}`],
    ['http://proxy.test:99999', `"http://proxy.test:99999"; ${one}`],
    ['http://proxy.test:3128\r\nX-A: b', `"http://proxy.test:3128\u{fffd}\u{fffd}X-A: b"; ${one}`],
    [' http://proxy.test:3128', `" http://proxy.test:3128"; ${one}`],
    ['http://u:p\\w@proxy.test:3128', `"http://...@proxy.test:3128"; ${one}`],
    ['http://u:pa#ss@proxy.test:3128', `"http://...@proxy.test:3128"; ${one}`],
    ['http://u:1/ss@proxy.test:3128', `"http://...@proxy.test:3128"; ${bare}`],
    ['http://proxy.test:3128/pac', `"http://proxy.test:3128/pac"; ${bare}`],
    ['http://proxy.test:3128/?a=b', `"http://proxy.test:3128/?..."; ${bare}`],
    ['http://proxy.test:3128/#', `"http://proxy.test:3128/#"; ${bare}`],
    ['http://proxy.test:0', '"http://proxy.test:0"; port 0 is no port; write the port that the proxy listens on'],
    ['http://u:100%@proxy.test:3128', `"http://...@proxy.test:3128"; ${code}`],
    ['http://u%3Av:w@proxy.test:3128', `"http://...@proxy.test:3128"; ${header}`],
    ['http://u:w%0d%0aX@proxy.test:3128', `"http://...@proxy.test:3128"; ${header}`],
    [
      'socks5://u:w@proxy.test:1080',
      `"socks5://...@proxy.test:1080"; a proxy that speaks SOCKS cannot be used; ${one}`,
    ],
  ]
  for (const variable of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'all_proxy']) {
    for (const [value, issue] of table) {
      assert.deepEqual(issuesInProd({}, { process: { [variable]: value } }), [`${variable} is ${issue}`], value)
    }
  }
})

test('B-08 ALL_PROXY is not checked where it is not used', () => {
  const socks = { ALL_PROXY: 'socks5://proxy.test:1080' }
  const https = { HTTPS_PROXY: 'http://a.test:1' }
  assert.deepEqual(addressesOf({ ...socks, ...https }), ['HTTPS_PROXY a.test 1', undefined])
  const both = { ...socks, ...https, HTTP_PROXY: 'http://b.test:2' }
  assert.deepEqual(addressesOf(both, inLocal), ['HTTPS_PROXY a.test 1', 'HTTP_PROXY b.test 2'])
  assert.equal(issuesInLocal({}, { process: { ...socks, ...https } }).length, 1)
})

test('B-08 CVE-2016-5385 a CGI program does not read HTTP_PROXY, which is a header of its visitors', () => {
  const process = { REQUEST_METHOD: 'GET', HTTP_PROXY: 'http://evil.test:1' }
  assert.equal(proxiesOf(process), undefined)
  assert.deepEqual(warningsFor(process), [
    'HTTP_PROXY is ignored, because REQUEST_METHOD is set: a web server fills it from a header',
  ])
  assert.deepEqual(addressesOf({ ...process, http_proxy: 'http://b.test:2' }), [undefined, 'http_proxy b.test 2'])
})

test('B-08 an entry of NO_PROXY that matches no host gets a warning, and the others are used', () => {
  const process = { HTTPS_PROXY: 'http://a.test:1', NO_PROXY: 'https://id.corp, 10.*,.ok.test 10.0.0.0/33 a:99999' }
  const texts = proxiesOf(process)?.noProxy.map(({ text }) => text)
  assert.deepEqual(texts, ['.ok.test'])
  assert.deepEqual(
    warningsFor(process).map(text => text.split(',', 1)[0]),
    ['https://id.corp', '10.*', '10.0.0.0/33', 'a:99999'].map(text => `NO_PROXY names "${text}"`),
  )
})

test('B-08 the proxy variables are read from the process environment, and in a file of ours they stop the start', () => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'no_proxy', 'HTTPS_PROXY_FILE']) {
    const issue = `${name} is in env/prod/.env; it is read from the process environment only`
    assert.deepEqual(issuesInProd({ [name]: 'http://a.test:1' }), [issue])
  }
  assert.deepEqual(issuesInProd({}, { process: { HTTPS_PROXY_FILE: '/run/secrets/proxy' } }), [
    'HTTPS_PROXY_FILE is not possible; write HTTPS_PROXY itself',
  ])
})

test('B-08 a misspelt proxy variable gets a warning, and those of other programs do not', () => {
  for (const name of ['HTTPS_PROXI', 'HTTPSPROXY', 'Https_Proxy', 'http_proxys', 'NOPROXY']) {
    assert.match(warningsFor({ [name]: 'http://a.test:1' }).join(), new RegExp(`^${name} is not read; did you mean `))
  }
  const others = {
    FTP_PROXY: 'x',
    ftp_proxy: 'x',
    RSYNC_PROXY: 'x',
    npm_config_https_proxy: 'x',
    GIT_PROXY_COMMAND: 'x',
  }
  assert.deepEqual(warningsFor({ ...others, HTTPS_PROXY: 'http://a.test:1', no_proxy: 'a' }), [])
})
