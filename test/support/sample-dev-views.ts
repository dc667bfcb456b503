// What the development provider's views are handed: see sample-views.ts.
import { hardNames } from './sample-names.js'

export interface ChooseLocals {
  css: string
  icon: string
  client: string
  scopes: string[]
  action: string
  hidden: { name: string; value: string }[]
  users: { login: string; name: string | null; initial: string; detail: string; tag: string }[]
  faultGroups: { title: string; faults: { name: string; label: string }[] }[]
  chosen: string
  deny: { name: string; value: string }[]
  last: { label: string; user: string; fields: { name: string; value: string }[] } | null
  protocols: { label: string; href: string; current: boolean }[]
  newUser: {
    login: string
    name: string
    email: string
    problem: { field: 'login' | 'name' | 'email'; text: string } | null
  }
}

export interface StepLocals {
  css: string
  icon: string
  heading: string
  text: string
  action: string
  hidden: { name: string; value: string }[]
  button: string
}

export interface DevErrorLocals {
  css: string
  icon: string
  heading: string
  text: string
  detail: string | null
}

export interface DevViewLocals {
  'dev-provider/choose.njk': ChooseLocals
  'dev-provider/error.njk': DevErrorLocals
  'dev-provider/step.njk': StepLocals
}

const devFiles = { css: '/assets/vestibule.0123abcd.css', icon: '/assets/icon.0123abcd.svg' }

/** One ordinary visit to each page of the development provider. */
export const sampleDevViews: DevViewLocals = {
  'dev-provider/choose.njk': {
    ...devFiles,
    client: 'Vestibule',
    scopes: ['read:user', 'user:email'],
    action: '/login/oauth/authorize',
    hidden: [
      { name: 'client_id', value: 'vestibule' },
      { name: 'state', value: 'opaque' },
    ],
    users: [
      { login: 'ada', name: 'Ada Lovelace', initial: 'A', detail: 'ada · ada@example.org', tag: 'everything in order' },
      { login: 'grace', name: null, initial: 'G', detail: 'no public name, private e-mail', tag: 'private' },
      {
        login: 'alkhwarizmi',
        name: hardNames.rightToLeft,
        initial: 'م',
        detail: 'alkhwarizmi',
        tag: 'long, right to left',
      },
      { login: 'bobby', name: hardNames.markup, initial: '<', detail: 'bobby', tag: 'HTML in the name' },
      { login: 'long', name: hardNames.unbroken, initial: 'D', detail: 'no place to break', tag: 'long' },
    ],
    faultGroups: [
      {
        title: 'On the way back',
        faults: [
          { name: 'wrong-state', label: 'The state comes back changed' },
          { name: 'expired-code', label: 'The code has expired' },
        ],
      },
      {
        title: 'At the token endpoint',
        faults: [
          { name: 'token-500', label: 'The token endpoint answers 500' },
          { name: 'token-slow', label: 'The token endpoint takes 30 seconds' },
        ],
      },
    ],
    chosen: 'token-500',
    deny: [{ name: 'fault', value: 'denied' }],
    last: {
      label: 'The token endpoint responds with status 500',
      user: hardNames.rightToLeft,
      fields: [{ name: 'fault', value: 'token-500' }],
    },
    newUser: {
      login: 'ada',
      name: hardNames.unbroken,
      email: 'ada@example.org',
      problem: { field: 'login', text: 'A person in the list has this login.' },
    },
    protocols: [
      { label: 'OAuth 2.0', href: 'http://localhost:3000/login/dev', current: true },
      { label: 'OpenID Connect', href: 'http://localhost:3000/login/dev-oidc', current: false },
    ],
  },
  'dev-provider/step.njk': {
    ...devFiles,
    heading: 'Sign out here too?',
    text: 'You signed in as ada.',
    action: '/oidc/logout/confirm',
    hidden: [{ name: 'state', value: 'opaque' }],
    button: 'Sign out',
  },
  'dev-provider/error.njk': {
    ...devFiles,
    heading: 'This request cannot be answered',
    text: 'The redirect URI is not one that this app registered. A real provider would stop here too.',
    detail: 'redirect_uri: http://localhost:3000/somewhere',
  },
}
