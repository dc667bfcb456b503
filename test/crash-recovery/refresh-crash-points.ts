import { around, both } from './crash-points.js'

/** What a refresh that ended halfway has left of the tokens, and of the lease. */
export interface LeftOfRefresh {
  tokens: 'old' | 'new'
  leased: boolean
}

export const AT_REFRESH = 'at the provider'

type Stretch = readonly [left: LeftOfRefresh, points: readonly string[]]

/** Every await of a page that needs newer tokens, in order, with what stands there by then. */
const WAY: readonly Stretch[] = [
  [
    { tokens: 'old', leased: false },
    [
      ...around('sessions.find', 'sessions.touch', 'tokens.load', 'identities.load', 'tokens.load'),
      'before identities.takeLease',
    ],
  ],
  [
    { tokens: 'old', leased: true },
    [
      ...['after identities.takeLease', ...around('identities.load', 'tokens.load'), AT_REFRESH],
      ...both('users.lock', 'identities.releaseLease', 'tokens.load', 'tokens.save', 'identities.clearRefusals'),
    ],
  ],
  [
    { tokens: 'new', leased: false },
    [
      'after transaction',
      ...around('identities.releaseLease', 'roles.listOfIdentity', 'identities.load', 'the answer'),
    ],
  ],
]

/** In the order in which they are passed. */
export const REFRESH_POINTS = WAY.flatMap(([, points]) => points).filter(point => point !== AT_REFRESH)

const OWN = [
  ...['after identities.takeLease', AT_REFRESH, 'before transaction'],
  ...[
    'after users.lock',
    'after identities.releaseLease',
    'after tokens.save',
    'after transaction',
    'before the answer',
  ],
]

/** One each where something has changed since the last; a point that is passed twice is the first of the two. */
export const REFRESH_CRASHES = WAY.flatMap(([left, points]) => points.map(point => ({ point, left }))).filter(
  ({ point }, at, all) => OWN.includes(point) && all.findIndex(other => other.point === point) === at,
)
