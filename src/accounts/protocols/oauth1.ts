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
import { describe } from './describe.js'
import { withSwitch } from './oauth2.js'
import type { Clock, Described, Protocol, Tokens } from './protocol.js'

/** Enough of a random text for a nonce; some servers have room for 32 characters only. */
const NONCE_LENGTH = 22

/** OAuth 1.0a (RFC 5849). Its temporary token stands where the others have the state. */
export function speakOAuth1(provider: OAuth1Provider, { now, random }: Clock): Protocol {
  const { name, label, emailTrusted, callbackPath, apiBaseUrl, subjectParam } = provider
  const stamp = () => ({ now: now(), nonce: random().slice(0, NONCE_LENGTH) })

  function signApiRequest(request: HttpRequest, { accessToken, tokenSecret = '' }: Tokens): HttpRequest {
    return signRequest(provider, { token: accessToken, tokenSecret }, prepareApiRequest(provider, request), stamp())
  }
  const ask = (send: Send, url: string, tokens: Tokens) =>
    send(signApiRequest({ method: 'GET', url, headers: { Accept: 'application/json' } }, tokens))
  const getting = (send: Send, tokens: Tokens) => (path: string) => {
    const { href } = new URL(path, apiBaseUrl)
    return inStep('api', href, async () => readApiResponse(await ask(send, href, tokens)))
  }

  const readPerson = (send: Send, tokens: Tokens): Promise<Described> =>
    inStep('userinfo', provider.userUrl, async () => {
      const user = readUserResponse(await ask(send, provider.userUrl, tokens))
      return describe(provider, user, getting(send, tokens))
    })

  return {
    ...{ name, label, emailTrusted, callbackPath, apiBaseUrl, readPerson, signApiRequest, scope: [] },
    startsAtOnce: false,
    readHandle: readCallbackToken,
    readAnswer: (answer, { state }) => ({ code: readOAuth1Callback(answer, state) }),
    readRepositories: async (send, tokens) => provider.readRepositories?.(getting(send, tokens)),

    async begin(redirectUri, calling, switchParams) {
      const temporary = await calling(send => requestTemporaryCredentials(send, provider, redirectUri, stamp()))
      return {
        ...{ state: temporary.token, temporarySecret: temporary.tokenSecret, codeVerifier: '' },
        authorizationUrl: authorizationUrl(withSwitch(provider, switchParams), temporary),
      }
    },
    switchParams: async () => provider.findSwitchParams(),

    async spend(send, { state, temporarySecret = '' }, { code }) {
      // Only readAnswer makes one.
      const temporary = { token: state, tokenSecret: temporarySecret }
      const granted = await exchangeVerifier(send, provider, temporary, code as Verifier, stamp())
      const { token: accessToken, tokenSecret, extras } = granted
      const person = await readPerson(send, { accessToken, tokenSecret })
      requireSame(subjectParam === undefined ? undefined : extras.get(subjectParam), person.profile)
      const unsaid = { refreshToken: undefined, expiresIn: undefined, refreshExpiresIn: undefined, scope: undefined }
      return { issuer: '', ...person, tokens: { accessToken, tokenSecret, tokenType: 'OAuth', ...unsaid } }
    },
  }
}

/** Where the token answer tells the person too, it has to be the same one. */
function requireSame(told: string | undefined, { subject }: Profile): void {
  if (told === undefined || told === subject) return
  throw new ProtocolError('subject_mismatch', 'The profile is not that of the person whom the token was given for')
}
