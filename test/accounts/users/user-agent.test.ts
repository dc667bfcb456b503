import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeUserAgent } from '../../../src/accounts/users/user-agent.js'

const APPLE = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)'

const KNOWN: [userAgent: string, words: string][] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox on Linux'],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${APPLE} Version/17.5 Mobile/15E148 Safari/604.1`,
    'Safari on iPhone',
  ],
  [`Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) ${APPLE} Version/16.5 Mobile/15E148 Safari/604.1`, 'Safari on iPad'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${APPLE} Version/17.5 Safari/605.1.15`, 'Safari on macOS'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Chrome/126.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`,
    'Microsoft Edge on Windows',
  ],
  [`Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/126.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
  [
    `Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) ${BLINK} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/126.0.0.0 Safari/537.36`, 'Chrome on Chrome OS'],
  ['Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1', 'A browser on Windows'],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'A script (Googlebot)'],
  ['curl/8.5.0', 'A script (curl)'],
  ['python-requests/2.31.0', 'A script (python-requests)'],
  ['node', 'A script (node)'],
]

test('a device in words is a browser on a system, or a script by its name', () => {
  for (const [userAgent, words] of KNOWN) assert.equal(describeUserAgent(userAgent), words)
})

test('a device in words is unknown where nothing is said, or nothing that anybody knows', () => {
  for (const message of [null, '', ' ', '<script>alert(1)</script>/1.0', '((((((', '\u0000', 'hello world'])
    assert.equal(describeUserAgent(message), 'An unknown device')
})

test('a device in words is short whatever is sent, and never fails', () => {
  const message = [
    'x'.repeat(100_000),
    `${'x'.repeat(5_000)}/1`,
    `Mozilla/5.0 (${'X11; Linux '.repeat(5_000)})`,
    `${'Long Name '.repeat(40)}/1 (X11; Linux x86_64)`,
    ...['__proto__', 'constructor', 'toString/1', '٪١/٢', '💥'.repeat(300), '\ud800'],
  ]
  for (const userAgent of message) assert.ok(describeUserAgent(userAgent).length <= 90)
})
