import type { ServerResponse } from 'node:http'
import type { LogoutOverrides } from './fake-oidc-logout.js'

export function metadataOf(issuer: string, logout: LogoutOverrides | undefined) {
  const { origin } = new URL(issuer)
  return {
    issuer,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    userinfo_endpoint: `${origin}/userinfo`,
    jwks_uri: `${origin}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    a_member_of_tomorrow: { of: 'no meaning' },
    ...(logout && {
      end_session_endpoint: `${origin}/end-session`,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    }),
  }
}

/** By the browser's address, or by a form on a page (OAuth 2.0 Form Post Response Mode). */
export function redirectBack(query: URLSearchParams, reply: Record<string, unknown>, response: ServerResponse): void {
  const back = new URL(query.get('redirect_uri') ?? '')
  if (query.get('response_mode') !== 'form_post') {
    for (const [name, value] of Object.entries(reply)) back.searchParams.append(name, String(value))
    return void response.writeHead(303, { Location: back.href }).end()
  }
  const escaped = (value: unknown) => String(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const inputs = Object.entries(reply).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  )
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>One moment</title>
    <form method="post" action="${escaped(back)}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`)
}
