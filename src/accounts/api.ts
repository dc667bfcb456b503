import type { Send } from '../oauth/types.js'
import { apiRequest, readApiAnswer } from '../oauth/userinfo.js'
import type { ApiGet, OAuth2Provider as Provider } from '../providers/provider.js'

/** GET at a provider's API in the name of one person. */
export function apiGet(send: Send, provider: Provider, accessToken: string): ApiGet {
  return async path =>
    readApiAnswer(await send(apiRequest(new URL(path, provider.apiBaseUrl).href, accessToken, provider.apiHeaders)))
}
