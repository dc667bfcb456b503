/**
 * Who comes back: nobody has seen them yet, they have an account, or they are signed in already; then once more, or to
 * connect another provider.
 */
export type Situation = 'newcomer' | 'returning' | 'again' | 'connecting'

/** What a way back that ended halfway has left: rows that were not there before it. */
export interface Left {
  marks: 0 | 1
  people: 0 | 1
  identities: 0 | 1
  sessions: 0 | 1
}

/** One way back that ends in the middle. */
export interface Crash {
  situation: Situation
  /** A named point, or so many milliseconds after the browser came back. */
  point: string | number
  /** Undefined: anything that is whole. */
  left: Left | undefined
}

const NOTHING: Left = { marks: 0, people: 0, identities: 0, sessions: 0 }
const MARK: Left = { ...NOTHING, marks: 1 }
const NEW_USER_IN: Left = { marks: 1, people: 1, identities: 1, sessions: 1 }
// Somebody who is known makes no new person, and a session that is renewed makes no new session.
const IN: Left = { ...MARK, sessions: 1 }
const CONNECTED: Left = { ...MARK, identities: 1 }

export const AT_TOKEN_ENDPOINT = 'at the token endpoint'
export const AT_USER_ENDPOINT = 'at the user endpoint'

export const around = (...steps: string[]) => steps.flatMap(step => [`before ${step}`, `after ${step}`])
/** Those of a transaction, up to its end. */
export const both = (...steps: string[]) => ['before transaction', ...around(...steps)]

type Stretch = readonly [left: Left, points: readonly string[]]

const SPENDING: readonly Stretch[] = [
  [NOTHING, [...around('usedAttempts.has'), 'before usedAttempts.markUsed']],
  [MARK, ['after usedAttempts.markUsed', AT_TOKEN_ENDPOINT, AT_USER_ENDPOINT]],
]
const KNOWN: Stretch = [
  MARK,
  both(
    ...[
      'identities.find',
      'users.find',
      'identities.listOfUser',
      'users.update',
      'identities.recordSignIn',
      'tokens.load',
    ],
    ...['tokens.save', 'roles.replace', 'events.listUserAgents', 'sessions.insert', 'events.insert'],
  ),
]
const LEAVING = around('the answer')

const NEW_USER_STEPS = [
  ...['identities.find', 'identities.findUserIdsByVerifiedEmail', 'users.create', 'identities.create', 'tokens.save'],
  ...['roles.replace', 'sessions.insert', 'events.insert'],
]

const CONNECTING = [
  ...['users.lock', 'sessions.find', 'identities.find', 'identities.create', 'tokens.save', 'roles.replace'],
  'events.insert',
]

/** Every await of the way back, in order, with what has been written by then. */
const WAYS: Readonly<Record<Situation, readonly Stretch[]>> = {
  newcomer: [...SPENDING, [MARK, both(...NEW_USER_STEPS)], [NEW_USER_IN, ['after transaction', ...LEAVING]]],
  returning: [...SPENDING, KNOWN, [IN, ['after transaction', ...LEAVING]]],
  again: [
    [NOTHING, around('sessions.find', 'sessions.touch')],
    ...SPENDING,
    KNOWN,
    [IN, ['after transaction', 'before sessions.remove']],
    [MARK, ['after sessions.remove', ...LEAVING]],
  ],
  connecting: [
    [NOTHING, around('sessions.find')],
    ...SPENDING,
    [MARK, both(...CONNECTING)],
    [CONNECTED, ['after transaction', ...LEAVING]],
  ],
}

export const SITUATIONS: readonly Situation[] = ['newcomer', 'returning', 'again', 'connecting']

/** The points of a situation, in the order in which they are passed. */
export const pointsOf = (situation: Situation): string[] => WAYS[situation].flatMap(([, points]) => points)

/** What a way back may leave, whenever it ends. */
export const statesOf = (situation: Situation): Left[] => WAYS[situation].map(([left]) => left)

/** One crash at every point of every situation. */
export const CRASHES: readonly (Crash & { point: string })[] = SITUATIONS.flatMap(situation =>
  WAYS[situation].flatMap(([left, points]) => points.map(point => ({ situation, point, left }))),
)

const OWN_PART: Readonly<Record<Situation, readonly string[]>> = {
  newcomer: pointsOf('newcomer'),
  returning: [
    ...around(
      'users.find',
      'identities.listOfUser',
      'users.update',
      'identities.recordSignIn',
      'tokens.load',
      'tokens.save',
    ),
    ...around('events.listUserAgents'),
    'after transaction',
  ],
  again: [...around('sessions.find', 'sessions.touch'), 'after transaction', ...around('sessions.remove'), ...LEAVING],
  connecting: [
    ...[AT_TOKEN_ENDPOINT, 'before transaction', 'after identities.create', 'after tokens.save', 'after roles.replace'],
    ...['after events.insert', 'after transaction', 'after the answer'],
  ],
}

/** Without the points where two situations do the same. */
export const DISTINCT_CRASHES = CRASHES.filter(({ situation, point }) => OWN_PART[situation].includes(point))
