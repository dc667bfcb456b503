// The far side's checks of the two signature methods that passport-http-oauth cannot judge, by the package oauth-1.0a:
// it does not know RSA-SHA1, and it compares PLAINTEXT with a doubly encoded text, which no right client sends.
import { verify } from 'node:crypto'
import OAuth from 'oauth-1.0a'

export interface Signed {
  method: string
  url: string
  /** Of the Authorization header, decoded. */
  params: ReadonlyMap<string, string>
  form: Record<string, string | string[]>
}

export interface Keys {
  consumerSecret: string
  tokenSecret: string
  /** PEM. */
  publicKey?: string | undefined
}

/** Whether the signature is right; undefined for a method that is passport-http-oauth's to judge. */
export function isSignedRight(request: Signed, keys: Keys): boolean | undefined {
  const signature = request.params.get('oauth_signature') ?? ''
  switch (request.params.get('oauth_signature_method')) {
    case 'PLAINTEXT':
      return signature === oauthOf(keys).getSigningKey(keys.tokenSecret)
    case 'RSA-SHA1':
      return keys.publicKey !== undefined && isSignedByKey(request, keys, keys.publicKey, signature)
    default:
      return undefined
  }
}

function isSignedByKey(
  { method, url, form, params }: Signed,
  keys: Keys,
  publicKey: string,
  signature: string,
): boolean {
  const { oauth_signature: _, ...data } = Object.fromEntries(params)
  const text = oauthOf(keys).getBaseString({ method, url, data: form }, data as object as OAuth.Data)
  return verify('sha1', Buffer.from(text), publicKey, Buffer.from(signature, 'base64'))
}

const oauthOf = ({ consumerSecret }: Keys): OAuth => new OAuth({ consumer: { key: '', secret: consumerSecret } })

/** The parameters of an `Authorization: OAuth` header, decoded. */
export const paramsOf = (header = ''): Map<string, string> =>
  new Map(
    [...header.matchAll(/([\w%.~-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      decodeURIComponent(name),
      decodeURIComponent(value),
    ]),
  )
