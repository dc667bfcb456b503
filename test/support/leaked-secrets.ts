import assert from 'node:assert/strict'
import type { Config } from '../../src/config/types.js'
import { randomToken } from '../../src/crypto/random.js'
import type { Store, Tables } from '../../src/store/types.js'

export interface SecretWatch {
  /** Randomness for an app: whatever it draws is a state, a verifier or a handle, and a secret from then on. */
  random(): string
  /** The store, with an eye on the tokens that providers gave, ID tokens among them: secrets once they are saved. */
  store(store: Store): Store
  /** Throws if a line holds a secret of the settings, or one that was drawn. */
  assertNoneIn(lines: readonly string[]): void
}

/** What `randomToken` makes: 32 bytes in base64url. */
const LENGTH = 43
const LONG_RUN = new RegExp(`[\\w-]{${LENGTH},}`, 'g')

/** Knows the secrets of one app, those that it was given and those that it makes. */
export function createSecretWatch(config: Config, random: () => string = randomToken): SecretWatch {
  const { https, http } = config.proxies ?? {}
  const ofProxies = [https, http].flatMap(proxy => proxy?.authorization?.split(' ')[1] ?? [])
  const given = [
    ...config.secretKeys,
    ...config.providers.map(({ clientSecret }) => clientSecret ?? ''),
    ...ofProxies.flatMap(each => [
      each,
      Buffer.from(each, 'base64')
        .toString()
        .replace(/^[^:]*:/, ''),
    ]),
  ]
  const settings = given.filter(secret => secret.length >= 8)
  const drawn = new Set<string>()
  const saved = new Set<string>()
  // A temporary secret is never saved, and only its provider knows it: see oauth1-app.ts and journeys/secrecy/secrets.test.ts.
  const watched = <T extends Tables>(tables: T): T => ({
    ...tables,
    tokens: {
      ...tables.tokens,
      save(identityId, tokens, now) {
        const { accessToken, tokenSecret = '', refreshToken = '' } = tokens
        for (const token of [accessToken, tokenSecret, refreshToken]) if (token.length >= 8) saved.add(token)
        return tables.tokens.save(identityId, tokens, now)
      },
    },
    sessions: {
      ...tables.sessions,
      insert(session) {
        if (session.idToken !== undefined) saved.add(session.idToken)
        return tables.sessions.insert(session)
      },
    },
  })

  return {
    random() {
      const value = random()
      if (value.length === LENGTH) drawn.add(value)
      return value
    },
    store: store => ({ ...watched(store), transaction: work => store.transaction(tables => work(watched(tables))) }),
    assertNoneIn(lines) {
      const text = lines.join('')
      const token = [...saved].find(each => text.includes(each))
      assert.equal(token, undefined, 'A token of a provider stands in the log')
      for (const line of lines) {
        const secret = settings.find(each => line.includes(each)) ?? windowsOf(line).find(each => drawn.has(each))
        assert.equal(secret, undefined, `A secret stands in the log: ${line}`)
      }
    },
  }
}

/** Every part of a text that could be drawn: looking each up is quicker than looking for each of ten thousand. */
const windowsOf = (text: string): string[] =>
  (text.match(LONG_RUN) ?? []).flatMap(run =>
    Array.from({ length: run.length - LENGTH + 1 }, (_, start) => run.slice(start, start + LENGTH)),
  )
