import type { JsonObject } from '../../src/oauth/types.js'

/** One person as each provider tells of her, in its own shape, and what is to be made of it. */
export interface UserResponses {
  /** The user endpoint's answer; for OIDC the claims. */
  user: JsonObject
  /** What the API says at further paths. */
  api?: Readonly<Record<string, unknown>>
  subject: string
  login: string | null
  /** Whether the address counts as verified; null: there is none. */
  verified: boolean | null
}

const EMAIL = 'ada@example.org'
const PICTURE = 'https://p.example/ada.png'
const claims: JsonObject = {
  ...{ sub: '248289761001', name: 'Ada Lovelace', preferred_username: 'ada' },
  ...{ email: EMAIL, email_verified: true, picture: PICTURE },
}
const openId: UserResponses = { user: claims, subject: '248289761001', login: 'ada', verified: true }
const gitea: UserResponses = {
  user: { id: 42, login: 'ada', full_name: 'Ada Lovelace', email: EMAIL, avatar_url: PICTURE },
  ...{ subject: '42', login: 'ada', verified: false },
}
const github: UserResponses = {
  user: { id: 583231, login: 'ada', name: 'Ada Lovelace', email: null, avatar_url: PICTURE },
  api: { 'user/emails': [{ email: EMAIL, primary: true, verified: true, visibility: 'private' }] },
  ...{ subject: '583231', login: 'ada', verified: true },
}

export const SAMPLE_USERS: Readonly<Record<string, UserResponses>> = {
  github,
  gitlab: {
    user: {
      ...{ id: 1001, username: 'ada', name: 'Ada Lovelace', state: 'active', locked: false },
      ...{ email: EMAIL, avatar_url: PICTURE, confirmed_at: '2024-11-02T09:21:10.000Z' },
    },
    ...{ subject: '1001', login: 'ada', verified: true },
  },
  bitbucket: {
    user: {
      ...{ type: 'user', uuid: '{6f2a1c}', account_id: '557058:ab', nickname: 'ada', display_name: 'Ada Lovelace' },
      links: { avatar: { href: PICTURE } },
    },
    api: {
      'user/emails': {
        values: [
          { email: 'old@example.org', is_primary: false, is_confirmed: true },
          { email: EMAIL, is_primary: true, is_confirmed: true },
        ],
      },
    },
    ...{ subject: '{6f2a1c}', login: 'ada', verified: true },
  },
  gitea,
  forgejo: gitea,
  google: {
    user: { ...claims, sub: '110169484474386276334', hd: 'example.org' },
    ...{ subject: '110169484474386276334', login: 'ada', verified: true },
  },
  microsoft: {
    user: {
      ...{ sub: 'AAAAAIkzqFVrSaSaFHy782bbtaQ', oid: '00000000-0000-0000-66f3-3332eca7ea81' },
      ...{ tid: '3338040d-6c67-4c5b-b112-36a304b66dad', name: 'Ada Lovelace', preferred_username: EMAIL, email: EMAIL },
    },
    subject: '3338040d-6c67-4c5b-b112-36a304b66dad/00000000-0000-0000-66f3-3332eca7ea81',
    ...{ login: EMAIL, verified: false },
  },
  apple: {
    user: {
      ...{ sub: '001473.fe6f33bf.1129', email: 'h2g2@privaterelay.appleid.com', email_verified: 'true' },
      ...{ is_private_email: 'true', nonce_supported: true },
    },
    ...{ subject: '001473.fe6f33bf.1129', login: null, verified: true },
  },
  facebook: {
    user: {
      id: '10158',
      name: 'Ada Lovelace',
      email: EMAIL,
      picture: { data: { url: PICTURE, is_silhouette: false } },
    },
    ...{ subject: '10158', login: null, verified: false },
  },
  linkedin: {
    user: { ...claims, sub: '782bbtaQ', locale: { country: 'US', language: 'en' } },
    ...{ subject: '782bbtaQ', login: 'ada', verified: true },
  },
  amazon: {
    user: { user_id: 'amzn1.account.K2LI23KL2LK2', name: 'Ada Lovelace', email: EMAIL },
    ...{ subject: 'amzn1.account.K2LI23KL2LK2', login: null, verified: false },
  },
  yahoo: openId,
  keycloak: openId,
  auth0: { ...openId, user: { ...claims, sub: 'auth0|5f7c' }, subject: 'auth0|5f7c' },
  okta: openId,
  cognito: { ...openId, user: { ...claims, email_verified: 'true' } },
  x: {
    user: { data: { id: '2244994945', name: 'Ada Lovelace', username: 'ada', profile_image_url: PICTURE } },
    api: { 'users/me': { data: { id: '2244994945', confirmed_email: EMAIL } } },
    ...{ subject: '2244994945', login: 'ada', verified: true },
  },
  discord: {
    user: {
      ...{ id: '80351110224678912', username: 'ada', discriminator: '0', global_name: 'Ada Lovelace' },
      ...{ avatar: '8342729096ea3675442027381ff50dfe', email: EMAIL, verified: true },
    },
    ...{ subject: '80351110224678912', login: 'ada', verified: true },
  },
  twitch: openId,
  spotify: {
    user: { id: 'ada', display_name: 'Ada Lovelace', email: EMAIL, images: [{ url: PICTURE, height: 64, width: 64 }] },
    ...{ subject: 'ada', login: null, verified: false },
  },
  reddit: {
    user: { id: '2vzr1', name: 'ada', has_verified_email: true, snoovatar_img: PICTURE },
    ...{ subject: '2vzr1', login: 'ada', verified: null },
  },
  tiktok: {
    user: {
      data: { user: { open_id: '723f24d7-e717', display_name: 'Ada Lovelace', avatar_url: PICTURE } },
      error: { code: 'ok', message: '', log_id: '2022' },
    },
    ...{ subject: '723f24d7-e717', login: null, verified: null },
  },
  slack: {
    user: {
      ...{ ...claims, ok: true, sub: 'U0R7JM', preferred_username: null },
      ...{ 'https://slack.com/user_id': 'U0R7JM', 'https://slack.com/team_id': 'T0R7GR' },
    },
    ...{ subject: 'T0R7GR/U0R7JM', login: null, verified: true },
  },
  dropbox: {
    user: {
      ...{ account_id: 'dbid:AAH4f99', name: { display_name: 'Ada Lovelace', given_name: 'Ada' } },
      ...{ email: EMAIL, email_verified: true, disabled: false, profile_photo_url: PICTURE },
    },
    ...{ subject: 'dbid:AAH4f99', login: null, verified: true },
  },
  notion: {
    user: {
      ...{ object: 'user', id: '16d8004e-bot', type: 'bot' },
      bot: {
        owner: {
          type: 'user',
          user: { id: '5389a034', name: 'Ada Lovelace', avatar_url: PICTURE, person: { email: EMAIL } },
        },
      },
    },
    ...{ subject: '5389a034', login: null, verified: false },
  },
  zoom: {
    user: { id: 'zJKyaiAyTNC', display_name: 'Ada Lovelace', email: EMAIL, verified: 1, pic_url: PICTURE },
    ...{ subject: 'zJKyaiAyTNC', login: null, verified: true },
  },
  linear: {
    user: { data: { viewer: { id: '9cfb482a', name: 'Ada Lovelace', email: EMAIL, avatarUrl: PICTURE } } },
    ...{ subject: '9cfb482a', login: null, verified: false },
  },
  figma: {
    user: { id: '2567', handle: 'Ada Lovelace', email: EMAIL, img_url: PICTURE },
    ...{ subject: '2567', login: null, verified: false },
  },
  atlassian: {
    user: { account_id: '557058:ab', name: 'Ada Lovelace', email: EMAIL, picture: PICTURE, account_status: 'active' },
    ...{ subject: '557058:ab', login: null, verified: false },
  },
  'x-oauth1': {
    user: {
      ...{ id: 2244994945, id_str: '2244994945', name: 'Ada Lovelace', screen_name: 'ada' },
      ...{ email: EMAIL, profile_image_url_https: PICTURE },
    },
    ...{ subject: '2244994945', login: 'ada', verified: false },
  },
  tumblr: {
    user: {
      meta: { status: 200, msg: 'OK' },
      response: {
        user: {
          name: 'ada',
          blogs: [
            { name: 'engines', uuid: 't:second', primary: false },
            { name: 'ada', uuid: 't:first', primary: true },
          ],
        },
      },
    },
    ...{ subject: 't:first', login: 'ada', verified: null },
  },
  trello: {
    user: { id: '5abbe4b7ddc1b351ef961414', fullName: 'Ada Lovelace', username: 'ada', email: EMAIL },
    ...{ subject: '5abbe4b7ddc1b351ef961414', login: 'ada', verified: false },
  },
  discogs: {
    user: { id: 1, username: 'ada', resource_url: 'https://api.discogs.com/users/ada', consumer_name: 'Vestibule' },
    ...{ subject: '1', login: 'ada', verified: null },
  },
  flickr: {
    user: { user: { id: '21207597@N07', username: { _content: 'ada' }, path_alias: null }, stat: 'ok' },
    ...{ subject: '21207597@N07', login: 'ada', verified: null },
  },
  dev: github,
  'dev-oidc': openId,
  'dev-oauth1': {
    user: { id: 7, name: 'Ada Lovelace', login: 'ada', email: EMAIL, avatar_url: PICTURE },
    ...{ subject: '7', login: 'ada', verified: false },
  },
}
