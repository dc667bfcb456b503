import { inStep, ProtocolError } from '../../oauth/errors.js'
import {
  authorizationUrl,
  exchangeVerifier,
  readCallbackToken,
  readOAuth1Callback,
  requestTemporaryCredentials,
  type Verifier,
} from '../../oauth/oauth1/flow.js'
import { signRequest } from '../../oauth/oauth1/sign.js'
import type { HttpRequest, Send } from '../../oauth/types.js'
import { readApiResponse, readUserResponse } from '../../oauth/userinfo.js'
import type { OAuth1Provider, Profile } from '../../providers/provider.js'
import { prepareApiRequest } from './api-request.js'
import { withSwitchParams } from './oauth2.js'
import type { ApiTokens, Clock, Protocol, UserInfo } from './protocol.js'
import { readUserInfo } from './user-info.js'

/** Enough of a random text for a nonce; some servers have room for 32 characters only. */
const NONCE_LENGTH = 22

/** OAuth 1.0a (RFC 5849). Its temporary token stands where the others have the state. */
export function createOAuth1Protocol(provider: OAuth1Provider, { now, random }: Clock): Protocol {
  const { name, label, emailTrusted, callbackPath, apiBaseUrl, subjectParam } = provider
  const timestampAndNonce = () => ({ now: now(), nonce: random().slice(0, NONCE_LENGTH) })

  function signApiRequest(request: HttpRequest, { accessToken, tokenSecret = '' }: ApiTokens): HttpRequest {
    return signRequest(
      provider,
      { token: accessToken, tokenSecret },
      prepareApiRequest(provider, request),
      timestampAndNonce(),
    )
  }
  const sendAuthorized = (send: Send, url: string, tokens: ApiTokens) =>
    send(signApiRequest({ method: 'GET', url, headers: { Accept: 'application/json' } }, tokens))
  const apiGet = (send: Send, tokens: ApiTokens) => (path: string) => {
    const { href } = new URL(path, apiBaseUrl)
    return inStep('api', href, async () => readApiResponse(await sendAuthorized(send, href, tokens)))
  }

  const readPerson = (send: Send, tokens: ApiTokens): Promise<UserInfo> =>
    inStep('userinfo', provider.userUrl, async () => {
      const user = readUserResponse(await sendAuthorized(send, provider.userUrl, tokens))
      return readUserInfo(provider, user, apiGet(send, tokens))
    })

  return {
    ...{
      name,
      label,
      emailTrusted,
      callbackPath,
      apiBaseUrl,
      loadUserInfo: readPerson,
      authorizeApiRequest: signApiRequest,
      scope: [],
    },
    startsWithoutRequest: false,
    readState: readCallbackToken,
    validateCallback: (response, { state }) => ({ code: readOAuth1Callback(response, state) }),
    readRepositories: async (send, tokens) => provider.readRepositories?.(apiGet(send, tokens)),

    async startAuthorization(redirectUri, withSend, switchParams) {
      const temporary = await withSend(send =>
        requestTemporaryCredentials(send, provider, redirectUri, timestampAndNonce()),
      )
      return {
        ...{ state: temporary.token, temporarySecret: temporary.tokenSecret, codeVerifier: '' },
        authorizationUrl: authorizationUrl(withSwitchParams(provider, switchParams), temporary),
      }
    },
    switchParams: async () => provider.findSwitchParams(),

    async exchangeCode(send, { state, temporarySecret = '' }, { code }) {
      // Only readAnswer makes one.
      const temporary = { token: state, tokenSecret: temporarySecret }
      const granted = await exchangeVerifier(send, provider, temporary, code as Verifier, timestampAndNonce())
      const { token: accessToken, tokenSecret, extras } = granted
      const person = await readPerson(send, { accessToken, tokenSecret })
      requireSameSubject(subjectParam === undefined ? undefined : extras.get(subjectParam), person.profile)
      const notGiven = { refreshToken: undefined, expiresIn: undefined, refreshExpiresIn: undefined, scope: undefined }
      return { issuer: '', ...person, tokens: { accessToken, tokenSecret, tokenType: 'OAuth', ...notGiven } }
    },
  }
}

/** Where the token answer tells the person too, it has to be the same one. */
function requireSameSubject(subjectOfToken: string | undefined, { subject }: Profile): void {
  if (subjectOfToken === undefined || subjectOfToken === subject) return
  throw new ProtocolError('subject_mismatch', 'The profile is not that of the person whom the token was given for')
}
