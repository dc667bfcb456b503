import type { ProtocolHint } from '../../accounts/errors.js'
import type { Hint, HintFacts } from './hint-facts.js'
import { endpointSetting } from './step-hints.js'

/** What to do about a cause that the protocol names. */
export const HINTS_BY_CAUSE: Record<ProtocolHint, Hint> = {
  prompt_none: ({ setting }) =>
    `The provider may not ask the person anything, because prompt=none is sent. Remove it from ${setting('AUTHORIZE_PARAMS')} or from ${setting('AUTHORIZE_URL')}.`,
  issuer_missing: () =>
    'The metadata of the provider promise the issuer (iss) in each callback. Without it nobody can say which provider answered, and no setting allows that. Look at what stands between the provider and this app, and whether the metadata are those of the version that runs.',
  issuer_other: facts =>
    facts.failure.step === 'authorization'
      ? `Another provider answered than the one that was asked, or ${issuerSetting(facts)} is not the one that you mean.`
      : `Set ${facts.setting('ISSUER')} to the issuer (iss) that the provider writes into its ID tokens, to the letter.`,
  issuer_spelling: facts =>
    `An issuer counts to the letter, a slash at its end too. ${
      facts.protocol === 'oidc'
        ? `Write ${facts.setting('ISSUER')} as the provider does.`
        : `Look whether ${facts.setting('AUTHORIZE_URL')} is the one you mean.`
    }`,
  verifier_missing: () =>
    'A provider of OAuth 1.0a sends oauth_verifier back with the person. If this one never does, it knows only OAuth 1.0, which is not safe and not supported.',
  client_refused: ({ setting, protocol }) =>
    protocol === 'oauth1'
      ? `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} is not what the provider has registered, or the clock of this machine is wrong.`
      : `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} is not what the provider has registered. Some providers accept a secret in one way only: if both are right, try ${setting('TOKEN_ENDPOINT_AUTH_METHOD')}=client_secret_post or client_secret_basic.`,
  client_refused_encoded: ({ setting }) =>
    `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} has characters that client_secret_basic has to encode, and some providers do not decode them. If both are right, set ${setting('TOKEN_ENDPOINT_AUTH_METHOD')}=client_secret_post.`,
  id_token_missing: ({ setting }) =>
    `A provider sends an ID token only where openid is one of the scopes. Look at ${setting('SCOPE')}, and whether this client is registered for OpenID Connect.`,
  id_token_suffices: ({ setting }) =>
    `The user endpoint refuses the access token, most often because the token is for another API. With ${setting('USER_URL')}=none the ID token alone says who signs in.`,
  signing_algorithm: ({ setting }) =>
    `The provider has to sign ID tokens with RS256 or ES256 for this client. Change that at the provider; ${setting('ID_TOKEN_ALG')} cannot allow other ones.`,
  algorithm_other: ({ setting }) =>
    `Set ${setting('ID_TOKEN_ALG')} to the algorithm that the provider signs with. Without that setting, what its metadata name is accepted.`,
  signature: ({ setting }) =>
    `The token was changed on its way, or signed with another key than it names. If ${setting('JWKS_URL')} is set, look whether it belongs to this provider. No setting accepts such a token.`,
  unknown_key: ({ setting }) =>
    `The provider signs with a key that it does not publish yet. Wait a minute and sign in again. If it goes on, look whether ${setting('JWKS_URL')}, if it is set, belongs to this provider.`,
  nonce_missing: ({ setting }) =>
    `The ID token came without the nonce that was sent. Where the provider never sends it back, set ${setting('NONCE')}=off.`,
  nonce_other: ({ setting }) =>
    `The ID token was made for another sign-in. Start again. If every sign-in ends like this, the provider gives out stored tokens; ${setting('NONCE')}=off accepts them, and gives up a protection against replay.`,
  audience: ({ setting }) =>
    `The token is for another client. Look whether ${setting('CLIENT_ID')} is the id by which the provider knows this app.`,
  other_audiences: ({ setting }) =>
    `The ID token is for others besides this client. If they may have it too, list them in ${setting('AUDIENCES')}.`,
  clock: () => 'Compare the clock of this machine with the true time, and let NTP set it.',
  subject_missing: ({ setting, failure }) =>
    failure.step === 'id_token'
      ? 'An ID token without sub says nothing about who signs in. Only the provider can mend that.'
      : `Find the field of that response that holds the unchanging id of a person. For a provider of your own, ${setting('SUBJECT_FIELD')} names it.`,
  web_page: facts =>
    `That address answers with a web page or an error page, and not as an API. Look at ${endpointSetting(facts)}.`,
  not_json: facts =>
    `That address does not answer as this protocol asks. Look at ${endpointSetting(facts)}; what it answers can be seen in the log of the provider.`,
  redirect: facts =>
    `Redirects are not followed, because code, token or secret would go along. Set ${endpointSetting(facts)} to the URL that the redirect leads to.`,
  plain_json: () =>
    'The provider signs or encrypts its response, which is not supported. Let it answer in plain JSON: most providers have a setting for that at the client.',
  access_token_missing: facts =>
    `A token response has to hold an access_token. Look whether ${endpointSetting(facts)} is the token endpoint.`,
  token_type: () =>
    'The provider gave a token that needs a proof with each call. Let it give Bearer tokens to this client.',
  callback_unconfirmed: ({ setting }) =>
    `The provider uses OAuth 1.0, where one person can be made to finish the sign-in of another. It has to use 1.0a; look whether ${setting('REQUEST_TOKEN_URL')} is the URL for that.`,
  signature_refused: ({ setting }) =>
    `${setting('CLIENT_SECRET')} or ${setting('SIGNATURE_METHOD')} is not what the provider has registered.`,
}

const issuerSetting = ({ protocol, setting }: HintFacts): string =>
  setting(protocol === 'oidc' ? 'ISSUER' : 'AUTHORIZE_URL')
