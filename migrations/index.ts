import type { Knex } from 'knex'
import * as users from './0001-users.js'
import * as identities from './0002-identities.js'
import * as providerTokens from './0003-provider-tokens.js'
import * as sessions from './0004-sessions.js'
import * as usedAttempts from './0005-used-attempts.js'
import * as tokenSecret from './0006-token-secret.js'
import * as connections from './0007-connections.js'
import * as sessionDetails from './0008-session-details.js'
import * as userRoles from './0009-user-roles.js'
import * as events from './0010-events.js'
import * as usedLogoutTokens from './0011-used-logout-tokens.js'
import * as claimSources from './0012-claim-sources.js'
import * as refreshRefusals from './0013-refresh-refusals.js'
import * as eventDetails from './0014-event-details.js'

/** All migrations, oldest first, under the name that the database stores: after a release a name never changes. */
export const migrations: ReadonlyMap<string, Knex.Migration> = new Map([
  ['0001-users', users],
  ['0002-identities', identities],
  ['0003-provider-tokens', providerTokens],
  ['0004-sessions', sessions],
  ['0005-used-attempts', usedAttempts],
  ['0006-token-secret', tokenSecret],
  ['0007-connections', connections],
  ['0008-session-details', sessionDetails],
  ['0009-user-roles', userRoles],
  ['0010-events', events],
  ['0011-used-logout-tokens', usedLogoutTokens],
  ['0012-claim-sources', claimSources],
  ['0013-refresh-refusals', refreshRefusals],
  ['0014-event-details', eventDetails],
])
