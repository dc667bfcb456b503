import { createReturnPaths } from '../../src/accounts/return-path.js'
import { type Attempt, sealAttempt } from '../../src/accounts/sign-in/attempt.js'
import { createKeyring, type Sealer } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'

export const keyring = createKeyring([randomToken(), randomToken()])
const { home } = createReturnPaths({ publicUrl: 'https://app.example', basePath: '', homePath: '/', reserved: [] })

export const attemptSealer = keyring.sealer('attempt')
export const flashSealer = keyring.sealer('flash')

export const newAttempt = (): Attempt => ({
  state: randomToken(),
  codeVerifier: randomToken(),
  browser: 'a-browser',
  provider: 'acme',
  redirectUri: 'https://app.example/oauth/acme/callback',
  returnTo: home,
  startedAt: 1,
})

/** An attempt in the cookie that carries it. */
export interface InCookie {
  slot: string
  value: string
}

/** @param slot one that takes the whole attempt */
export const sealed = (attempt: Attempt, slot = 0): InCookie => sealedWith(attemptSealer, attempt, slot)

/** What an attempt looks like that somebody else sealed. */
export const sealedByOthers = (attempt: Attempt, slot = 0): InCookie =>
  sealedWith(createKeyring([randomToken()]).sealer('attempt'), attempt, slot)

function sealedWith(sealer: Sealer, attempt: Attempt, turn: number): InCookie {
  const inSlots = sealAttempt(sealer, attempt, home, { cookies: new Map(), startCount: turn, now: attempt.startedAt })
  const [[slot, value] = ['', ''], ...more] = inSlots?.cookies ?? []
  if (value === '' || more.length > 0) throw new Error('The attempt does not fit into one cookie')
  return { slot, value }
}
