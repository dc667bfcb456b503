// What each view is handed, as the contract of the views says. Reused wherever a page is rendered without the app.
import { type AccountLocals, sampleAccount } from './sample-account.js'
import { type DevViewLocals, sampleDevViews } from './sample-dev-views.js'

export { hardNames } from './sample-names.js'

export interface SiteLocals {
  base: string
  css: string
  icon: string
  environment: string
  local: boolean
}

export interface UserLocals {
  name: string
  login: string | null
  email: string | null
  emailVerified: boolean
  picture: string | null
  initial: string
}

export interface CommonLocals {
  site: SiteLocals
  /** The name of the view, for aria-current. */
  current: string
  user: UserLocals | null
  flash: string | null
  csrf: string | null
}

export interface HomeLocals extends CommonLocals {
  session: { provider: string; since: { iso: string; text: string }; ends: string }
}

export interface LoginLocals extends CommonLocals {
  providers: { label: string; initial: string; tone: number; href: string; lastUsed: boolean }[]
  /** Where somebody goes on who is signed in already. */
  onward: string
}

export interface SwitchLocals extends CommonLocals {
  label: string
  href: string
  /** The choice of providers, where there are several. */
  others: string | null
}

export interface LiveProfileLocals extends Omit<UserLocals, 'name'> {
  name: string | null
  subject: string
}

export interface RepositoryLocals {
  name: string
  description: string | null
  url: string | null
  private: boolean
}

export interface ProfileLocals extends CommonLocals {
  providerLabel: string
  live: LiveProfileLocals | null
  repositories: RepositoryLocals[] | null
  problem: string | null
  /** The name of the provider that has to be connected anew. */
  reconnect: string | null
}

export interface RedirectLocals extends CommonLocals {
  href: string
  label: string
  note: string | null
}

export interface ErrorLocals extends CommonLocals {
  status: number
  heading: string
  text: string
  who: { provider: string; text: string } | null
  actions: { label: string; href: string; plain?: true }[]
  quote: { who: string; text: string } | null
  cause: { text: string; frame: string | null }
  hint: string | null
  code: string
  requestId: string
}

/** The locals of every page, by the name of its view. */
export interface ViewLocals extends DevViewLocals {
  'home.njk': HomeLocals
  'login.njk': LoginLocals
  'profile.njk': ProfileLocals
  'account.njk': AccountLocals
  'redirect.njk': RedirectLocals
  'switch.njk': SwitchLocals
  'logout.njk': CommonLocals
  'signed-out.njk': CommonLocals
  'error.njk': ErrorLocals
}

const site: SiteLocals = {
  base: '/in',
  css: '/in/assets/vestibule.0123abcd.css',
  icon: '/in/assets/icon.0123abcd.svg',
  environment: 'local',
  local: true,
}

export const sampleUser: UserLocals = {
  name: 'Ada Lovelace',
  login: 'ada',
  email: 'ada@example.org',
  emailVerified: true,
  picture: 'https://pictures.example/ada.png',
  initial: 'A',
}

const signedIn = { site, user: sampleUser, flash: null, csrf: 'csrf-token' }
const signedOut = { site, user: null, flash: null, csrf: null }
/** One ordinary visit to each page. */
export const sampleViews: ViewLocals = {
  'home.njk': {
    ...signedIn,
    current: 'home',
    flash: 'Signed in with Development provider.',
    session: {
      provider: 'Development provider',
      since: { iso: '2026-01-02T03:04:05.000Z', text: 'just now' },
      ends: 'in 30 days, or after 7 days away',
    },
  },
  'login.njk': {
    ...signedOut,
    current: 'login',
    providers: [
      { label: 'GitHub', initial: 'G', tone: 5, href: '/in/login/github?return_to=%2Fprofile', lastUsed: true },
      { label: 'Google', initial: 'G', tone: 6, href: '/in/login/google?return_to=%2Fprofile', lastUsed: false },
      {
        label: 'Development provider',
        initial: 'D',
        tone: 6,
        href: '/in/login/dev?return_to=%2Fprofile',
        lastUsed: false,
      },
    ],
    onward: '/in/profile',
  },
  'switch.njk': {
    ...signedOut,
    current: 'switch',
    label: 'GitLab',
    href: '/in/login/gitlab?return_to=%2Fprofile',
    others: '/in/login?return_to=%2Fprofile',
  },
  'profile.njk': {
    ...signedIn,
    current: 'profile',
    providerLabel: 'GitHub',
    live: { ...sampleUser, subject: '583231' },
    repositories: [
      {
        name: 'ada/analytical-engine',
        description: 'Notes on the engine, and the first program for it.',
        url: 'https://code.example/ada/analytical-engine',
        private: false,
      },
      {
        name: 'ada/letters',
        description: null,
        url: 'https://code.example/ada/letters',
        private: true,
      },
      { name: 'ada/flying-machine', description: 'Wings, 1828.', url: null, private: false },
    ],
    problem: 'GitHub needs to be reconnected, so a part of this page is missing. Nothing is lost.',
    reconnect: 'github',
  },
  'account.njk': { ...signedIn, current: 'account', ...sampleAccount },
  'redirect.njk': {
    ...signedIn,
    current: 'redirect',
    href: 'https://github.example/login/oauth/authorize?client_id=known&state=opaque',
    label: 'GitHub',
    note: 'Please sign in once more, then connect.',
  },
  'logout.njk': { ...signedIn, current: 'logout' },
  'signed-out.njk': { ...signedOut, current: 'signed-out' },
  'error.njk': {
    ...signedOut,
    current: 'error',
    status: 400,
    heading: 'That sign-in belongs to another browser',
    text: 'The answer from GitHub came back, but this browser did not start the sign-in, or its cookie is gone. Nothing was lost, and nobody was signed in.',
    who: { provider: 'GitHub', text: 'ada@example.org' },
    actions: [
      { label: 'Sign in again', href: '/in/login/github' },
      { label: 'Choose another way to sign in', href: '/in/login', plain: true },
    ],
    quote: { who: 'GitHub', text: 'The user has denied your application access.' },
    cause: { text: 'No attempt of this browser fits the state', frame: null },
    hint: 'You opened http://127.0.0.1:3000, but PUBLIC_URL is http://localhost:3000. Cookies of one are not sent to the other.',
    code: 'attempt_missing',
    requestId: '7f3a9c21',
  },
  ...sampleDevViews,
}
