import { type Attempt, type SealedAttempt, sealAttempt } from '../../src/accounts/attempt.js'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'

export const keyring = createKeyring([randomToken(), randomToken()])
const { home } = createReturnPaths({ origin: 'https://app.example', basePath: '', homePath: '/', reserved: [] })

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

export const sealed = (attempt: Attempt): SealedAttempt => sealAttempt(attemptSealer, attempt)

/** What an attempt looks like that somebody else sealed. */
export const sealedByOthers = (attempt: Attempt): SealedAttempt =>
  sealAttempt(createKeyring([randomToken()]).sealer('attempt'), attempt)
