import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'

// Keys of 2,048 bits that protect nothing: to make one takes longer than most tests.
const file = new URL('../../../test/fixtures/rsa-keys.json', import.meta.url)
const keys: readonly string[] = JSON.parse(readFileSync(file, 'utf8'))
let used = 0

/** An RSA key that none of the last 23 calls in this process returned. */
export function nextRsaKey(): KeyObject {
  const key = keys[used++ % keys.length] ?? ''
  return createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' })
}
