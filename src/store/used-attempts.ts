import type { Knex } from 'knex'
import { ask } from './ask.js'
import type { UsedAttempts } from './types.js'

interface Row {
  state_hash: string
  used_at: number
}

export function createUsedAttempts(db: Knex): UsedAttempts {
  const marks = () => db<Row>('used_attempts')

  return {
    async use(stateHash, now) {
      const mark = { state_hash: stateHash, used_at: now }
      // Only a row that was inserted is returned: the database decides who came first.
      const inserted = await ask(() => marks().insert(mark).onConflict('state_hash').ignore().returning('state_hash'))
      return inserted.length > 0
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
