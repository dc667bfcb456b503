// What the OAuth 1.0a provider of the tests remembers, and how it says no.
interface Token {
  secret: string
  callback: string
  /** Set once a person has consented. */
  verifier?: string
  person?: string
}

/** What the provider has lent and granted; each kind of token is worth nothing as the other. */
export class Tokens {
  readonly temporary = new Map<string, Token>()
  readonly granted = new Map<string, { secret: string; person: string }>()
  readonly #nonces = new Set<string>()
  readonly #secrets = new Set<string>()

  /** Nobody may send one request twice. */
  isFresh(timestamp: string, nonce: string): boolean {
    const use = `${timestamp} ${nonce}`
    const isNew = !this.#nonces.has(use)
    this.#nonces.add(use)
    return isNew
  }

  /** Remembers it, also when its token has long been spent. */
  saveSecret(secret: string): string {
    this.#secrets.add(secret)
    return secret
  }

  secrets(): string[] {
    return [...this.#secrets]
  }
}

/** A problem as the extension "Problem Reporting" has them. */
export class Problem extends Error {
  readonly status = 401
  constructor(readonly fields: Record<string, string>) {
    super(fields.oauth_problem)
  }
}
