import { join } from 'node:path'
import type { Child } from './child-server.js'
import { createField, type Field, startContender } from './contenders.js'
import { browserOf, type Cost, eachOnce, signInOften } from './load.js'

/** A sign-in of ours with OpenID Connect beside one with plain OAuth 2.0, by turns; each asks the provider twice. */
export interface Protocols {
  oauth2: Cost[]
  oidc: Cost[]
  /** ID tokens of a key that nobody knows. */
  flood: number
  /** How often the provider was asked for its keys in all of it. */
  keyFetches: number
}

interface Often {
  rounds: number
  signIns: number
  flood: number
}

export async function measureProtocols({ folder, provider, pin }: Field, often: Often): Promise<Protocols> {
  const { rounds, signIns, flood } = often
  const child = await startContender('vestibule', createField(join(folder, 'protocols'), provider, pin))
  const before = await keyFetches(provider)
  const [oauth2, oidc]: [Cost[], Cost[]] = [[], []]
  try {
    // Round 0 warms up and does not count.
    for (let round = 0; round <= rounds; round++) {
      // Others, because the same address at both would have to be joined first.
      const plain = await signInOften(child, signIns, '/login/acme')
      const verified = await signInOften(child, signIns, '/login/op', signIns)
      if (round === 0) continue
      oauth2.push(plain)
      oidc.push(verified)
    }
    await eachOnce(flood, person => beRefused(child, person))
    return { oauth2, oidc, flood, keyFetches: (await keyFetches(provider)) - before }
  } finally {
    await child.stop()
  }
}

async function beRefused({ origin }: Child, person: number): Promise<void> {
  const page = await browserOf(origin, { person: String(person), kid: `unknown-${person}` }).follow('/login/op')
  if (!page.text.includes('id_token_invalid')) throw new Error(`No refusal at ${page.url}`)
}

async function keyFetches(provider: string): Promise<number> {
  const response: { keyFetches: number } = JSON.parse((await browserOf(provider, {}).open('/key-fetches')).text)
  return response.keyFetches
}
