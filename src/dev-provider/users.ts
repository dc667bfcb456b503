/** A user who has an account at the development provider. */
export interface TestUser {
  /** A JSON number on the wire, of any size. */
  id: bigint
  login: string
  name: string | null
  emails: readonly TestEmail[]
  repositories: readonly TestRepository[]
  /** The organisations that the user is in. */
  memberships: readonly TestMembership[]
  /** What an app can be tested for with this user, in a few words. */
  tag: string
}

export interface TestEmail {
  email: string
  primary: boolean
  verified: boolean
  visibility: 'public' | 'private' | null
}

export interface TestRepository {
  id: number
  name: string
  description: string | null
  private: boolean
}

/** An organisation that a user is in, and those of its teams that the user is in. */
export interface TestMembership {
  organisation: string
  teams: readonly string[]
}

const primaryEmail = (email: string, visibility: TestEmail['visibility'], verified = true): TestEmail => ({
  email,
  primary: true,
  verified,
  visibility,
})

/** The built-in users. Their ids never change: apps store them. */
export const TEST_USERS: readonly TestUser[] = [
  {
    id: 1815n,
    login: 'ada',
    name: 'Ada Lovelace',
    emails: [primaryEmail('ada@example.org', 'public')],
    repositories: [
      {
        id: 101,
        name: 'analytical-engine',
        description: 'Notes on an engine that weaves algebraic patterns.',
        private: false,
      },
      { id: 102, name: 'bernoulli', description: 'The first program, still in use.', private: false },
      { id: 103, name: 'letters', description: 'To Mr Babbage, mostly.', private: true },
    ],
    memberships: [
      { organisation: 'acme', teams: ['staff', 'writers'] },
      { organisation: 'analytical-society', teams: [] },
    ],
    tag: 'everything in order',
  },
  {
    id: 1906n,
    login: 'grace',
    name: null,
    // The right address is not the first one.
    emails: [
      { email: 'hopper@example.com', primary: false, verified: false, visibility: null },
      primaryEmail('grace@example.org', 'private'),
    ],
    repositories: [
      { id: 201, name: 'flow-matic', description: 'Data processing in plain words.', private: false },
      { id: 202, name: 'moth', description: null, private: true },
    ],
    memberships: [{ organisation: 'acme', teams: ['staff', 'admins'] }],
    tag: 'no public name',
  },
  {
    id: 780n,
    login: 'alkhwarizmi',
    name: 'محمد بن موسى الخوارزمي أبو جعفر العالم الرياضي الفلكي الجغرافي المؤرخ صاحب كتاب المختصر في حساب الجبر والمقابلة',
    emails: [primaryEmail('alkhwarizmi@example.org', 'public')],
    repositories: [
      { id: 301, name: 'al-jabr', description: 'المختصر في حساب الجبر والمقابلة', private: false },
      {
        id: 302,
        name: 'zij-al-sindhind',
        description: 'Tables of the sun, the moon and five planets.',
        private: false,
      },
    ],
    memberships: [{ organisation: 'house-of-wisdom', teams: ['scholars'] }],
    tag: 'long, right to left',
  },
  {
    id: 327n,
    login: 'bobby',
    name: '<b>Bobby</b> & "Tables"<script>alert(1)</script>',
    emails: [primaryEmail('bobby@example.org', 'public')],
    repositories: [
      { id: 401, name: 'students', description: "Robert'); DROP TABLE students;--", private: false },
      { id: 402, name: 'markup', description: '<img src=x onerror=alert(1)> & friends', private: false },
    ],
    memberships: [{ organisation: 'acme', teams: [] }],
    tag: 'HTML in the name',
  },
  {
    id: 1912n,
    login: 'turing',
    name: 'Alan Turing',
    emails: [primaryEmail('alan@example.org', null, false)],
    repositories: [
      { id: 501, name: 'enigma', description: 'Not to be spoken of.', private: true },
      { id: 502, name: 'imitation-game', description: 'Are you a person?', private: false },
    ],
    memberships: [{ organisation: 'bletchley', teams: ['hut-8', 'writers'] }],
    tag: 'e-mail not verified',
  },
  {
    // Beyond 2^53, where JSON.parse would round it to another id.
    id: 9007199254740993n,
    login: 'k',
    name: 'K',
    emails: [primaryEmail('k@example.org', 'public')],
    repositories: [],
    memberships: [],
    tag: 'huge id, no repositories',
  },
]

/** The built-in user of that login, or undefined. */
export const findTestUser = (login: string): TestUser | undefined => TEST_USERS.find(user => user.login === login)

/** The public e-mail address of a user, or null. */
export const publicEmail = (user: TestUser): string | null =>
  user.emails.find(({ visibility }) => visibility === 'public')?.email ?? null

/** The organisations and teams of a user, as one list: `acme`, then `acme/staff`. */
export const groupsOf = ({ memberships }: TestUser): string[] =>
  memberships.flatMap(({ organisation, teams }) => [organisation, ...teams.map(team => `${organisation}/${team}`)])

/** The line that the page shows below the name of a user. */
export function describeTestUser(user: TestUser): string {
  const hidden = user.emails.some(({ verified }) => verified) ? 'private e-mail' : 'no verified e-mail'
  return `${user.login} · ${publicEmail(user) ?? hidden}`
}
