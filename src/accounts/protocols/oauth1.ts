import type { HttpRequest, Send } from '../../http/types.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import {
  authorizationUrl,
  exchangeVerifier,
  readCallbackToken,
  readOAuth1Callback,
  requestTemporaryCredentials,
  type Verifier,
} from '../../oauth/oauth1/flow.js'
import { signRequest, type TimestampAndNonce } from '../../oauth/oauth1/sign.js'
import { readApiResponse, readUserResponse } from '../../oauth/userinfo.js'
import type { OAuth1Provider, Profile } from '../../providers/provider.js'
import type { ApiTokens, Clock, Protocol, UserInfo } from './protocol.js'
import { prepareApiRequest, readUserInfo, withSwitchParams } from './provider-requests.js'

/** Random enough for a nonce; some servers have room for 32 characters only. */
const NONCE_CHARS = 22

/** OAuth 1.0a (RFC 5849). Its temporary token does what the state does with the other protocols. */
export function createOAuth1Protocol(provider: OAuth1Provider, { now, random }: Clock): Protocol {
  const { name, label, emailTrusted, callbackPath, apiBaseUrl, subjectParam } = provider
  const timestampAndNonce = () => ({ now: now(), nonce: random().slice(0, NONCE_CHARS) })
  const { authorizeApiRequest, apiGet, loadUserInfo } = createOAuth1Api(provider, timestampAndNonce)

  return {
    name,
    label,
    emailTrusted,
    callbackPath,
    scope: [],
    apiBaseUrl,
    startsWithoutRequest: false,
    async startAuthorization(redirectUri, withSend, switchParams) {
      const temporary = await withSend(send =>
        requestTemporaryCredentials(send, provider, redirectUri, timestampAndNonce()),
      )
      return {
        state: temporary.token,
        temporarySecret: temporary.tokenSecret,
        codeVerifier: '',
        authorizationUrl: authorizationUrl(withSwitchParams(provider, switchParams), temporary),
      }
    },
    switchParams: async () => provider.findSwitchParams(),
    readState: readCallbackToken,
    validateCallback: (params, { state }) => ({ code: readOAuth1Callback(params, state) }),
    async exchangeCode(send, { state, temporarySecret = '' }, { code }) {
      const temporary = { token: state, tokenSecret: temporarySecret }
      // The code comes from `validateCallback` alone, which has checked it.
      const granted = await exchangeVerifier(send, provider, temporary, code as Verifier, timestampAndNonce())
      const { token: accessToken, tokenSecret, extras } = granted
      const userInfo = await loadUserInfo(send, { accessToken, tokenSecret })
      requireSameSubject(subjectParam === undefined ? undefined : extras.get(subjectParam), userInfo.profile)
      const absent = { refreshToken: undefined, expiresIn: undefined, refreshExpiresIn: undefined, scope: undefined }
      return { issuer: '', ...userInfo, tokens: { accessToken, tokenSecret, tokenType: 'OAuth', ...absent } }
    },
    loadUserInfo,
    readRepositories: async (send, tokens) => provider.readRepositories?.(apiGet(send, tokens)),
    authorizeApiRequest,
  }
}

/** The API, to which each request is signed (RFC 5849, 3). */
function createOAuth1Api(provider: OAuth1Provider, timestampAndNonce: () => TimestampAndNonce) {
  const { apiBaseUrl, userUrl } = provider

  function authorizeApiRequest(request: HttpRequest, { accessToken, tokenSecret = '' }: ApiTokens): HttpRequest {
    const token = { token: accessToken, tokenSecret }
    return signRequest(provider, token, prepareApiRequest(provider, request), timestampAndNonce())
  }
  const get = (send: Send, url: string, tokens: ApiTokens) =>
    send(authorizeApiRequest({ method: 'GET', url, headers: { Accept: 'application/json' } }, tokens))
  const apiGet = (send: Send, tokens: ApiTokens) => (path: string) => {
    const { href } = new URL(path, apiBaseUrl)
    return inStep('api', href, async () => readApiResponse(await get(send, href, tokens)))
  }
  const loadUserInfo = (send: Send, tokens: ApiTokens): Promise<UserInfo> =>
    inStep('userinfo', userUrl, async () => {
      const user = readUserResponse(await get(send, userUrl, tokens))
      return readUserInfo(provider, user, apiGet(send, tokens))
    })
  return { authorizeApiRequest, apiGet, loadUserInfo }
}

/** Where the token response names the user too, it must be the same user. */
function requireSameSubject(subjectOfToken: string | undefined, { subject }: Profile): void {
  if (subjectOfToken === undefined || subjectOfToken === subject) return
  throw new ProtocolError('subject_mismatch', 'The profile is not that of the person whom the token was given for')
}
