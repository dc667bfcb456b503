// Known base strings and signatures: RFC 5849 (erratum 2550 for its signature), OAuth Core 1.0 with its wiki, the
// manual of X, oauthlib, and a few of our own that an independent implementation computed.
import type { Params } from '../../../src/http/types.js'
import { signatureBaseString } from '../../../src/oauth/oauth1/base-string.js'

export interface RequestVector {
  name: string
  method: 'GET' | 'POST'
  url: string
  form?: string
  /** Of the Authorization header. */
  params: Params
  baseString: string
}

/** The base string of a vector's request, as we make it. */
export const vectorBaseString = ({ method, url, form, params }: RequestVector): string =>
  signatureBaseString(
    {
      method,
      url,
      headers: form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' },
      ...(form !== undefined && { body: form }),
    },
    params,
  )

/** Header parameters: a consumer key, a method, a timestamp and a nonce; and whatever else there is. */
const header = (key: string, method: string, timestamp: string, nonce: string, more: Record<string, string>): Params =>
  Object.entries({
    ...more,
    oauth_consumer_key: key,
    oauth_signature_method: method,
    oauth_timestamp: timestamp,
    oauth_nonce: nonce,
  })

export const WORKED_EXAMPLE: RequestVector = {
  name: 'RFC 5849, 3.4.1.1',
  method: 'POST',
  url: 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
  form: 'c2&a3=2+q',
  params: header('9djdj82h48djs9d2', 'HMAC-SHA1', '137131201', '7d8f3e4a', {
    realm: 'Example',
    oauth_token: 'kkk9d7dh3k39sjv7',
  }),
  baseString:
    'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
}

export const INITIATE: RequestVector = {
  name: 'RFC 5849, 1.2, temporary credentials',
  method: 'POST',
  url: 'https://photos.example.net/initiate',
  params: header('dpf43f3p2l4k3l03', 'HMAC-SHA1', '137131200', 'wIjqoS', {
    oauth_callback: 'http://printer.example.com/ready',
  }),
  baseString:
    'POST&https%3A%2F%2Fphotos.example.net%2Finitiate&oauth_callback%3Dhttp%253A%252F%252Fprinter.example.com%252Fready%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3DwIjqoS%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131200',
}

export const TOKEN: RequestVector = {
  name: 'RFC 5849, 1.2, token credentials',
  method: 'POST',
  url: 'https://photos.example.net/token',
  params: header('dpf43f3p2l4k3l03', 'HMAC-SHA1', '137131201', 'walatlh', {
    oauth_token: 'hh5s93j4hdidpola',
    oauth_verifier: 'hfdp7dh39dks9884',
  }),
  baseString:
    'POST&https%3A%2F%2Fphotos.example.net%2Ftoken&oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3Dwalatlh%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dhh5s93j4hdidpola%26oauth_verifier%3Dhfdp7dh39dks9884',
}

export const RESOURCE: RequestVector = {
  name: 'RFC 5849, 1.2, resource',
  method: 'GET',
  url: 'http://photos.example.net/photos?file=vacation.jpg&size=original',
  params: header('dpf43f3p2l4k3l03', 'HMAC-SHA1', '137131202', 'chapoH', { oauth_token: 'nnch734d00sl2jdk' }),
  baseString:
    'GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3DchapoH%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131202%26oauth_token%3Dnnch734d00sl2jdk%26size%3Doriginal',
}

export const CORE: RequestVector = {
  name: 'OAuth Core 1.0, A.5.1',
  method: 'GET',
  url: 'http://photos.example.net/photos?file=vacation.jpg&size=original',
  params: header('dpf43f3p2l4k3l03', 'HMAC-SHA1', '1191242096', 'kllo9940pd9333jh', {
    oauth_token: 'nnch734d00sl2jdk',
    oauth_version: '1.0',
  }),
  baseString:
    'GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3Dkllo9940pd9333jh%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1191242096%26oauth_token%3Dnnch734d00sl2jdk%26oauth_version%3D1.0%26size%3Doriginal',
}

const rsa = (method: string): RequestVector => ({
  name: `the wiki of OAuth Core 1.0, ${method}`,
  method: 'GET',
  url: 'http://photos.example.net/photos?file=vacaction.jpg&size=original',
  params: header('dpf43f3p2l4k3l03', method, '1196666512', '13917289812797014437', { oauth_version: '1.0' }),
  baseString: `GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacaction.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3D13917289812797014437%26oauth_signature_method%3D${method}%26oauth_timestamp%3D1196666512%26oauth_version%3D1.0%26size%3Doriginal`,
})

export const RSA_SHA1 = rsa('RSA-SHA1')
export const RSA_SHA256 = rsa('RSA-SHA256')
export const RSA_PUBLIC_KEY =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0YjCwIfYoprq/FQO6lb3asXrxLlJFuCvtinTF5p0GxvQGu5O3gYytUvtC2JlYzypSRjVxwxrsuRcP3e641SdASwfrmzyvIgP08N4S0IFzEURkV1wp/IpH7kH41EtbmUmrXSwfNZsnQRE5SYSOhh+LcK2wyQkdgcMv11l4KoBkcwIDAQAB'
export const RSA_SHA1_SIGNATURE =
  'jvTp/wX1TYtByB1m+Pbyo0lnCOLIsyGCH7wke8AUs3BpnwZJtAuEJkvQL2/9n4s5wUmUl4aCI4BwpraNx4RtEXMe5qg5T1LVTGliMRpKasKsW//e+RinhejgCuzoH26dyF8iY2ZZ/5D1ilgeijhV/vBka5twt399mXwaYdCwFYE='
export const RSA_SHA256_SIGNATURE =
  'kd2wjpiASoDx6BqAMHy/k8CqNdyZv4opl1U4bBN1EBi8vmSHRVfw4h72BDerCp7M8pNEZEAUtvTOhgGNPh04cMmTeB/89Ok8GxYqIqVeYfKK5buzrNoOOAhjRUFpTvNOChNbRnlE04/d3hAITJjjykQtIZ2FWxJ4JO0gOdfKY0c='

const statusUpdate = (version: string): RequestVector => ({
  name: `the manual of X, version ${version}`,
  method: 'POST',
  url: `https://api.twitter.com/${version}/statuses/update.json?include_entities=true`,
  form: 'status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21',
  params: header('xvz1evFS4wEEPTGEFPHBog', 'HMAC-SHA1', '1318622958', 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg', {
    oauth_token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
    oauth_version: '1.0',
  }),
  baseString: `POST&https%3A%2F%2Fapi.twitter.com%2F${version}%2Fstatuses%2Fupdate.json&include_entities%3Dtrue%26oauth_consumer_key%3Dxvz1evFS4wEEPTGEFPHBog%26oauth_nonce%3DkYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1318622958%26oauth_token%3D370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb%26oauth_version%3D1.0%26status%3DHello%2520Ladies%2520%252B%2520Gentlemen%252C%2520a%2520signed%2520OAuth%2520request%2521`,
})

export const X_1_1 = statusUpdate('1.1')
export const X_1 = statusUpdate('1')
export const X_SECRETS = [
  'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw',
  'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
] as const

const root: RequestVector = {
  name: 'the wiki of OAuth Core 1.0, one parameter',
  method: 'GET',
  url: 'http://example.com/?n=v',
  params: [],
  baseString: 'GET&http%3A%2F%2Fexample.com%2F&n%3Dv',
}

export const REQUESTS: readonly RequestVector[] = [
  ...[WORKED_EXAMPLE, INITIATE, TOKEN, RESOURCE, root, CORE, RSA_SHA1, RSA_SHA256, X_1_1, X_1],
]

interface SignatureVector {
  method: 'HMAC-SHA1' | 'HMAC-SHA256' | 'PLAINTEXT'
  consumerSecret: string
  tokenSecret?: string
  baseString: string
  signature: string
}

const sha1 = (consumerSecret: string, tokenSecret: string | undefined, baseString: string, signature: string) =>
  ({
    method: 'HMAC-SHA1',
    consumerSecret,
    ...(tokenSecret !== undefined && { tokenSecret }),
    baseString,
    signature,
  }) as const

const plain = (consumerSecret: string, tokenSecret: string | undefined, signature: string) =>
  ({
    method: 'PLAINTEXT',
    consumerSecret,
    ...(tokenSecret !== undefined && { tokenSecret }),
    baseString: '',
    signature,
  }) as const

export const OAUTHLIB_SECRETS = ['ECrDNoq1VYzzzzzzzzzyAK7TwZNtPnkqatqZZZZ', 'just-a-string    asdasd'] as const

export const SIGNATURES: readonly SignatureVector[] = [
  sha1('j49sk3j29djd', 'dh893hdasih9', WORKED_EXAMPLE.baseString, 'r6/TJjbCOr97/+UU0NsvSne7s5g='),
  sha1(...OAUTHLIB_SECRETS, WORKED_EXAMPLE.baseString, 'wsdNmjGB7lvis0UJuPAmjvX/PXw='),
  {
    ...sha1(...OAUTHLIB_SECRETS, WORKED_EXAMPLE.baseString, 'wdfdHUKXHbOnOGZP8WFAWMSAmWzN3EVBWWgXGlC/Eo4='),
    method: 'HMAC-SHA256',
  },
  sha1('kd94hf93k423kf44', undefined, INITIATE.baseString, '74KNZJeDHnMBp0EMJ9ZHt/XKycU='),
  sha1('kd94hf93k423kf44', 'hdhd0244k9j7ao03', TOKEN.baseString, 'gKgrFCywp7rO0OXSjdot/IHF7IU='),
  sha1('kd94hf93k423kf44', 'pfkkdhi9sl3r4s00', RESOURCE.baseString, 'MdpQcU8iPSUjWoN/UDMsK2sui9I='),
  sha1('cs', undefined, 'bs', 'egQqG5AJep5sJ7anhXju1unge2I='),
  sha1('cs', 'ts', 'bs', 'VZVjXceV7JgPq/dOTnNmEfO0Fv8='),
  sha1('kd94hf93k423kf44', 'pfkkdhi9sl3r4s00', CORE.baseString, 'tR3+Ty81lMeYAr/Fid0kMTYa/WM='),
  sha1('c&s', 't=s', 'bs', 'lsljZWCQfUVUXgs5whSYEhVRw28='),
  sha1('', '', 'bs', '7j4tQKhbrwRyXAJwlHwpIoKLKZo='),
  sha1(...X_SECRETS, X_1_1.baseString, 'hCtSmYh+iHYCEqBWrE7C7hYmtUk='),
  sha1(...X_SECRETS, X_1.baseString, 'tnnArxj06cWHq44gCs1OSKk/jLY='),
  plain('ja893SD9', undefined, 'ja893SD9&'),
  plain('ja893SD9', 'xyz4992k83j47x0b', 'ja893SD9&xyz4992k83j47x0b'),
  plain('foo', 'bar', 'foo&bar'),
  plain('cs', 'ts', 'cs&ts'),
  plain('kd94hf93k423kf44', undefined, 'kd94hf93k423kf44&'),
]
