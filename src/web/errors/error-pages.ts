/** What a visitor reads about an error. `{provider}` is replaced by the label of the provider of this sign-in. */
export interface ErrorPage {
  status: number
  heading: string
  text: string
  /**
   * The button of the page: a new sign-in with the same return path, the home page, or the account. `later`: a new sign-in
   * fails too until a setting is changed, so another provider is offered first.
   */
  action: 'retry' | 'later' | 'home' | 'account'
}

const retry = (status: number, heading: string, text: string): ErrorPage => ({ status, heading, text, action: 'retry' })
const later = (status: number, heading: string, text: string): ErrorPage => ({ status, heading, text, action: 'later' })
const home = (status: number, heading: string, text: string): ErrorPage => ({ status, heading, text, action: 'home' })
const account = (status: number, heading: string, text: string): ErrorPage => ({
  status,
  heading,
  text,
  action: 'account',
})

export const ADMINISTRATOR_NEEDED =
  'Trying again will only help once an administrator of one of the two sites has looked at it.'
export const NOTHING_LOST = 'Nothing was lost, and nobody was signed in.'

/** The pages for `attempt_missing`, by what the request shows. */
export const MISSING_ATTEMPT_PAGES = {
  other_browser: retry(
    400,
    'That sign-in belongs to another browser',
    `The answer from {provider} came back, but this browser did not start the sign-in at this address, or its cookie is gone. Sign in again from here. ${NOTHING_LOST}`,
  ),
  no_cookies: retry(
    400,
    'This browser sent no cookie',
    `The answer from {provider} came back without the cookie that the sign-in began with. Either this browser keeps no cookies for this site, or the sign-in began at another address of it. Allow cookies, then sign in again from here. ${NOTHING_LOST}`,
  ),
  changed_host: retry(
    400,
    'That sign-in began at another address',
    `The answer from {provider} came back to a different name of this site than it began at, and cookies of one are not sent to the other. Sign in again from here. ${NOTHING_LOST}`,
  ),
  replaced: retry(
    400,
    'Another sign-in was started in this browser since',
    `A browser keeps its newest sign-ins only, and the one that {provider} answered gave way to them. ${NOTHING_LOST} Sign in again, and you will get to where you wanted to go.`,
  ),
  replaced_path_lost: retry(
    400,
    'Another sign-in was started in this browser since',
    `A browser keeps its newest sign-ins only, and the one that {provider} answered gave way to them, so that it cannot be finished. Where you wanted to go is not known any more: sign in again, then open that page once more.`,
  ),
} satisfies Record<string, ErrorPage>

export type MissingAttemptReason = keyof typeof MISSING_ATTEMPT_PAGES

/** The pages for errors that have ended the session of the request. */
export const ENDED_SESSION_PAGES: Partial<Record<string, ErrorPage>> = {
  subject_mismatch: retry(
    502,
    'You were signed out',
    'When we renewed our access, {provider} answered for somebody else. So we ended your session here. Nothing was lost.',
  ),
  id_token_invalid: retry(
    502,
    'You were signed out',
    'When we renewed our access, {provider} sent a proof that we could not verify. So we ended your session here. Nothing was lost.',
  ),
  not_admitted: retry(
    403,
    'You were signed out',
    'Your {provider} account may no longer sign in here. Ask an administrator, or use another account.',
  ),
}

/** Every error code of the contract that this app can respond with. */
export const ERROR_PAGES = {
  attempt_missing: MISSING_ATTEMPT_PAGES.other_browser,
  attempt_expired: retry(
    400,
    'That sign-in took too long',
    `A sign-in must be finished within ten minutes. ${NOTHING_LOST}`,
  ),
  attempt_used: retry(
    400,
    'That sign-in was used already',
    'Each sign-in works once, and this one is over. Start again, and you will get to where you wanted to go.',
  ),
  state_missing: retry(
    400,
    'This link belongs to no sign-in',
    `It was not started from this browser. Start again. ${NOTHING_LOST}`,
  ),
  issuer_mismatch: retry(
    400,
    'Another provider answered',
    `This sign-in was started with {provider}, and the answer came from another provider. ${NOTHING_LOST}`,
  ),
  code_missing: retry(400, 'The answer is incomplete', `{provider} sent you back without a code. ${NOTHING_LOST}`),
  request_malformed: retry(
    400,
    'This request cannot be read',
    `A part of it is given twice, is missing or has an unknown form. ${NOTHING_LOST}`,
  ),
  sign_in_required: retry(401, 'Please sign in first', 'This begins only when you open it yourself, as a page.'),
  provider_denied: retry(
    403,
    'You did not allow the sign-in',
    `That is fine: {provider} told us nothing about you. ${NOTHING_LOST}`,
  ),
  not_admitted: retry(
    403,
    'This account may not sign in here',
    'You signed in at {provider}, but this account is not among those that may sign in here. Use another account, or ask an administrator of this site.',
  ),
  refused_by_app: retry(
    403,
    'You cannot sign in here yet',
    'You signed in at {provider}, but this site did not accept it. Use another account, or ask an administrator of this site.',
  ),
  account_disabled: retry(
    403,
    'This account is disabled',
    'An administrator has disabled this account. Ask an administrator of this site if you think that is wrong.',
  ),
  csrf: home(403, 'This page was open too long', 'Reload it and try again. Nothing was changed.'),
  forbidden: home(
    403,
    'You may not do that',
    'You are signed in, but this is not for your account. Nothing was changed.',
  ),
  not_found: home(404, 'There is no such page', 'The address may be misspelt, or the page has moved.'),
  method_not_allowed: home(
    405,
    'This address does not accept that kind of request',
    'The address exists, but it is used in another way. Nothing was changed.',
  ),
  link_needed: retry(
    409,
    'You have an account here already',
    'The e-mail address that {provider} vouches for belongs to it. Sign in the way you did before, and {provider} will be connected to that account. Nothing was changed so far.',
  ),
  link_conflict: account(
    409,
    'That {provider} account is taken',
    'It belongs to another account here, so it was not connected to yours. If that account is yours too: sign in to it with {provider}, then disconnect {provider} there or delete that account. Nothing was changed.',
  ),
  last_connection: account(
    409,
    'That is your only way in',
    'Without it nobody could sign in to this account again, so it stays. Connect another one first, then this one can go. Nothing was changed.',
  ),
  too_large: home(
    413,
    'That is too much at once',
    'What was sent is larger than this app accepts. Nothing was changed.',
  ),
  unsupported_type: home(
    415,
    'That kind of content is not understood',
    'Send it as a plain form. Nothing was changed.',
  ),
  too_many_requests: retry(
    429,
    'Too many sign-ins from here',
    'Wait a minute, then reload. You will not lose your place.',
  ),
  provider_error: later(
    502,
    '{provider} could not finish the sign-in',
    `It answered with an error. ${ADMINISTRATOR_NEEDED} ${NOTHING_LOST}`,
  ),
  provider_malformed: later(
    502,
    'We cannot read the answer from {provider}',
    `It has an unexpected form. ${ADMINISTRATOR_NEEDED} ${NOTHING_LOST}`,
  ),
  id_token_invalid: later(
    502,
    'We could not verify the answer from {provider}',
    `It has to prove who you are, and the proof did not pass the checks. ${ADMINISTRATOR_NEEDED} ${NOTHING_LOST}`,
  ),
  subject_mismatch: later(
    502,
    '{provider} gave two different identities',
    `Its answers were about two different accounts, so neither was accepted. ${ADMINISTRATOR_NEEDED} ${NOTHING_LOST}`,
  ),
  provider_unreachable: retry(
    502,
    '{provider} cannot be reached',
    `The connection failed. Try again in a moment. ${NOTHING_LOST}`,
  ),
  provider_slow: retry(
    502,
    '{provider} takes too long',
    `It did not answer in time. Try again in a moment. ${NOTHING_LOST}`,
  ),
  provider_busy: retry(
    503,
    'Too many sign-ins at once',
    'So many people are signing in with {provider} that this one has to wait. Try again in a moment; your sign-in is still good.',
  ),
  store_unavailable: home(
    503,
    'The database does not answer',
    'Nothing was lost, but we cannot look anything up. Try again in a moment.',
  ),
  internal: home(
    500,
    'Something went wrong on our side',
    'The details are in our log, under the request id below. Nothing was lost. Try again in a moment.',
  ),
} satisfies Record<string, ErrorPage>

/** The pages for errors where more is known than the code says. */
export const SITUATION_PAGES = {
  only_same_provider: retry(
    409,
    'Your e-mail address belongs to another account here',
    'That account was made with another account of {provider}. To sign in with this one again will not help, because {provider} gives the same answer. Ask an administrator of this site to bring the two together. Nothing was changed.',
  ),
  owner_disabled: retry(
    403,
    'Your e-mail address belongs to a disabled account',
    'An administrator has disabled the account here that has it, so no other account is made for this address. Ask an administrator of this site. Nothing was changed.',
  ),
  other_identity: account(
    502,
    'That is another {provider} account',
    `It is not the account that you wanted to sign in with at first. ${NOTHING_LOST}`,
  ),
  connection_denied: account(403, 'You cancelled', `{provider} shared nothing with us. ${NOTHING_LOST}`),
} satisfies Record<string, ErrorPage>

export type ErrorCode = keyof typeof ERROR_PAGES

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_PAGES, code)
