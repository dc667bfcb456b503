import type { AuthorizePage } from '../authorize-page.js'
import type { Client } from '../clients.js'
import { PageError } from '../errors.js'
import { randomSecret } from '../grants.js'
import type { RequestParams } from '../params.js'
import { checkRedirectUri, redirectToApp } from '../responses.js'
import type { CredentialStore, IssuedTemporaryCredentials } from './credentials.js'
import { OAUTH1_FAULT_GROUPS, type OAuth1Fault } from './faults.js'

interface AuthorizeDeps {
  appOrigin: string
  clients: readonly Client[]
  credentials: CredentialStore
  /** Faults for a client's next request for temporary credentials, by client id. */
  pendingFaults: Map<string, OAuth1Fault>
}

interface OAuth1Request {
  client: Client
  temporary: IssuedTemporaryCredentials
}

/** The page where the user is chosen (RFC 5849, 2.2). It redirects with a verifier. */
export function oauth1AuthorizePage(deps: AuthorizeDeps): AuthorizePage<OAuth1Request, OAuth1Fault> {
  return {
    path: '/oauth1/authorize',
    faultGroups: OAUTH1_FAULT_GROUPS,
    carried: ['oauth_token'],
    readRequest: params => readTemporary(params, deps),
    redirect(ctx, { client, temporary }, user, fault) {
      const verifier = randomSecret()
      temporary.decision = { user, fault, verifier }
      const again = fault?.temporary && checkRedirectUri(client.loginUrl, deps.appOrigin)
      if (again) {
        deps.pendingFaults.set(client.clientId, fault)
        return redirectToApp(ctx, again, {})
      }
      const right = { oauth_token: temporary.token, oauth_verifier: verifier }
      redirectToApp(ctx, temporary.callback, fault?.callback?.(right) ?? right)
    },
  }
}

/** @throws PageError for a token whose sign-in does not wait for a decision (any more) */
function readTemporary(params: RequestParams, { credentials, clients }: AuthorizeDeps): OAuth1Request {
  const temporary = credentials.findTemporary(params.get('oauth_token') ?? '')
  const client = clients.find(
    ({ clientId, redirectUris }) => clientId === temporary?.clientId && redirectUris.includes(temporary.callback),
  )
  if (client && temporary && !temporary.decision) return { client, temporary }
  throw new PageError(
    400,
    'This sign-in is not known here',
    'oauth_token names no sign-in that waits for you. Go back to the app and begin once more.',
  )
}
