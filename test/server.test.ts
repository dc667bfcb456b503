import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAppReturnPaths } from '../src/server.js'

const pathsWith = (homePath: string, callbackPath: string) =>
  createAppReturnPaths({ publicUrl: 'https://app.example', basePath: '', homePath, reserved: [callbackPath] })

test('a home that is a callback path is a fault of the configuration', () => {
  assert.equal(pathsWith('/home', '/auth/callback').home, '/home')
  for (const homePath of ['/auth/callback', '/auth/callback/x', '/a%2f..%2flogin']) {
    assert.throws(() => pathsWith(homePath, '/auth/callback'), { name: 'ConfigError', message: /HOME_PATH is "\/a/ })
  }
})
