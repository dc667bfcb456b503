// What the account's view is handed: see sample-views.ts.
import type { CommonLocals } from './sample-views.js'

export interface MomentLocals {
  iso: string
  text: string
}

export interface ProviderLocals {
  name: string
  label: string
  initial: string
  tone: number
  /** The account has a connection there already. */
  connected: boolean
}

export interface ConnectionLocals {
  id: string
  provider: string
  label: string
  initial: string
  tone: number
  login: string | null
  email: string | null
  emailVerified: boolean
  current: boolean
  since: MomentLocals
  used: MomentLocals
  scope: string[] | null
  missing: string[]
  reconnect: MomentLocals | null
  known: boolean
  onlyWayIn: boolean
}

export interface SessionLocals {
  id: string
  device: string
  address: string | null
  label: string
  current: boolean
  since: MomentLocals
  seen: MomentLocals
}

export interface EventLocals {
  text: string
  code: string | null
  address: string | null
  when: MomentLocals
}

/** The first of a list, and what is folded away. */
interface Opened<T> {
  first: T[]
  rest: T[]
}

export interface AccountLocals extends CommonLocals {
  providerToLink: ProviderLocals | null
  connections: ConnectionLocals[]
  providers: ProviderLocals[]
  sessions: Opened<SessionLocals>
  others: boolean
  /** How many are shown where there are more; 0 where these are all. */
  moreSessions: number
  activity: Opened<EventLocals>
  /** What to do where something was not them. */
  advice: string
  confirmation: { text: string; kind: string }
  /** Another word was typed than the one that deletes the account. */
  isWrongConfirmation: boolean
}

const ago = (text: string): MomentLocals => ({ iso: '2026-01-02T03:04:05.000Z', text })

const github: ConnectionLocals = {
  ...{ id: 'identity-1', provider: 'github', label: 'GitHub', initial: 'G', tone: 5 },
  ...{ login: 'ada', email: 'ada@example.org', emailVerified: true },
  ...{ current: true, since: ago('3 months ago'), used: ago('5 hours ago') },
  ...{ scope: ['read:user', 'user:email'], missing: [], reconnect: null, known: true, onlyWayIn: false },
}

const gitlab: ConnectionLocals = {
  ...{ id: 'identity-2', provider: 'gitlab', label: 'GitLab', initial: 'G', tone: 2 },
  ...{ login: 'ada.lovelace', email: null, emailVerified: false },
  ...{ current: false, since: ago('12 days ago'), used: ago('12 days ago') },
  ...{ scope: ['read_user'], missing: ['read_api'], reconnect: ago('2 hours ago'), known: true, onlyWayIn: false },
}

const session = (device: string, address: string | null, seen: string): SessionLocals => ({
  ...{ id: `session-${device.length}`, device, address, label: 'GitHub', current: false },
  ...{ since: ago('9 days ago'), seen: ago(seen) },
})

const event = (text: string, when: string, code: string | null = null): EventLocals => ({
  ...{ text, code, address: '192.0.2.44', when: ago(when) },
})

/** An ordinary account with something of everything. */
export const sampleAccount: Omit<AccountLocals, keyof CommonLocals> = {
  providerToLink: null,
  connections: [github, gitlab],
  providers: [
    { name: 'github', label: 'GitHub', initial: 'G', tone: 5, connected: true },
    { name: 'gitlab', label: 'GitLab', initial: 'G', tone: 2, connected: true },
    { name: 'google', label: 'Google', initial: 'G', tone: 6, connected: false },
  ],
  sessions: {
    first: [
      { ...session('Firefox on Linux', '192.0.2.44', 'just now'), current: true },
      session('Safari on iPhone', '2001:db8:85a3:8d3:1319:8a2e:370:7348', '20 minutes ago'),
      session('A script (curl)', null, '6 days ago'),
    ],
    rest: [session('An unknown device', '198.51.100.7', '6 days ago')],
  },
  others: true,
  moreSessions: 50,
  activity: {
    first: [
      event('Signed in with GitHub from Firefox on Linux', 'just now'),
      event('A sign-in with GitLab from Safari on iPhone was refused', '2 hours ago', 'provider_denied'),
      event('GitLab would not renew its access', '2 hours ago', 'invalid_grant'),
      event('Connected GitLab', '12 days ago'),
    ],
    rest: [event('Signed out from a script (curl)', '3 months ago')],
  },
  advice: 'End that session. Then disconnect the account that was used for it.',
  confirmation: { text: 'ada', kind: 'login' },
  isWrongConfirmation: true,
}

/** The same account with as much as a page can hold: twelve connections, fifty sessions, and names that do not fit. */
export function largeAccount(name: string): Omit<AccountLocals, keyof CommonLocals> {
  const providers = Array.from({ length: 12 }, (_, index) => ({
    ...{
      name: `provider-${index}`,
      label: index % 3 === 0 ? name : `Provider ${index}`,
      initial: 'P',
      tone: 1 + (index % 8),
      connected: true,
    },
  }))
  const sessions = Array.from({ length: 50 }, (_, index) =>
    index === 0
      ? { ...session(name, '192.0.2.1', 'just now'), current: true }
      : session(
          index % 2 ? 'Chrome on Windows' : name.slice(0, 40),
          '2001:db8:85a3:8d3:1319:8a2e:370:7348',
          '3 days ago',
        ),
  )
  const events = Array.from({ length: 20 }, () =>
    event(`Signed in with ${name} from Firefox on Linux`, '3 days ago', 'provider_denied'),
  )
  return {
    ...sampleAccount,
    providerToLink: { name: 'github', label: name, initial: 'G', tone: 5, connected: true },
    providers,
    connections: providers.map(({ label, tone }, index) => ({
      ...{
        ...gitlab,
        label,
        tone,
        login: name,
        email: `${'e'.repeat(64)}@${'d'.repeat(63)}.example`,
        emailVerified: true,
      },
      ...{ current: index === 0, scope: ['https://www.googleapis.com/auth/userinfo.profile', 'User.Read'] },
      ...{ reconnect: index % 4 === 1 ? ago('2 hours ago') : null },
    })),
    sessions: { first: sessions.slice(0, 5), rest: sessions.slice(5) },
    activity: { first: events.slice(0, 6), rest: events.slice(6) },
    confirmation: { text: name, kind: 'name' },
  }
}
