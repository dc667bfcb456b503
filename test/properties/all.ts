import { accessRules, invalidRules } from './access-rules.js'
import { apiCalls } from './api-request.js'
import { tabs, tabsInTurn } from './attempts-in-tabs.js'
import { callback } from './callback.js'
import { basicAuthentication } from './client-auth.js'
import { cookies } from './cookies.js'
import { discovery } from './discovery.js'
import { forwarded } from './forwarded.js'
import { groupLists } from './groups.js'
import { idToken } from './id-token.js'
import { jwks } from './jwks.js'
import { tickets } from './link-token.js'
import { logoutToken } from './logout-token.js'
import { oauth1Callback, oauth1Response } from './oauth1-response.js'
import { oauth1Signature } from './oauth1-signature.js'
import type { Property } from './property.js'
import { departures } from './redirect-page.js'
import { requests } from './requests.js'
import { returnPath } from './return-path.js'
import { settings } from './settings.js'
import { refreshResponse, tokenResponse } from './token-response.js'
import { devices, leaving } from './user-agents.js'
import { userResponse } from './user-response.js'

export const PROPERTIES: readonly Property[] = [
  ...[returnPath, callback, tokenResponse, userResponse, cookies, settings, forwarded, requests],
  ...[idToken, jwks, discovery, basicAuthentication],
  ...[oauth1Response, oauth1Callback, oauth1Signature],
  ...[refreshResponse, logoutToken, apiCalls, groupLists, accessRules, invalidRules],
  ...[tickets, departures, devices, leaving],
  ...[tabs, tabsInTurn],
]
