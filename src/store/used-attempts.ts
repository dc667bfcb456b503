import type { Knex } from 'knex'
import { ask, askFor } from './ask.js'
import type { UsedAttempts } from './types.js'

interface Row {
  state_hash: string
  used_at: number
}

// Only a row that was inserted is returned: the database decides who came first.
const USE = `insert into used_attempts (state_hash, used_at) values (?, ?)
  on conflict (state_hash) do nothing returning state_hash`

export function createUsedAttempts(db: Knex): UsedAttempts {
  const marks = () => db<Row>('used_attempts')

  return {
    async use(stateHash, now) {
      return (await askFor(db, USE, [stateHash, now])).length > 0
    },
    async has(stateHash) {
      return (await ask(() => marks().where({ state_hash: stateHash }).first('state_hash'))) !== undefined
    },
    async removeOlder(before, limit) {
      const older = () => marks().where('used_at', '<', before)
      return await ask(() => marks().whereIn('state_hash', older().select('state_hash').limit(limit)).delete())
    },
  }
}
