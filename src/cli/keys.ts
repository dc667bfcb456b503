import type { Config } from '../config/types.js'
import { createKeyring } from '../crypto/keys.js'
import { type KeyUse, keysInUse, type Rotation, rotateKeys } from '../store/key-rotation.js'
import { refuseOtherSchema } from '../store/schema.js'
import { createStore } from '../store/store.js'
import type { Store } from '../store/types.js'
import { createProgress, type Screen } from './progress.js'
import { firstSignal } from './signal.js'

const OK = 0
const FOUND_SOMETHING = 1

export const KEYS_HELP = `Usage: vestibule keys status [--json]
       vestibule keys rotate [--json]

status counts the rows of provider tokens by the key of SECRET_KEYS that they are sealed under. It exits with 1
when some lie under a key that SECRET_KEYS does not hold.

rotate seals all of them under the newest key, while the app may be running. Ctrl-C stops it after 500 rows at
most; run again, it goes on from there. It exits with 1 when it was stopped, or when rows do not open: these are
left as they are.`

export interface KeysRequest {
  verb: 'status' | 'rotate'
  json: boolean
}

/** Undefined for wrong usage. */
export function readKeysRequest([verb, ...options]: readonly string[]): KeysRequest | undefined {
  if (verb !== 'status' && verb !== 'rotate') return undefined
  const json = options[0] === '--json'
  return options.length === Number(json) ? { verb, json } : undefined
}

interface Terminal {
  print(line: string): void
  complain(line: string): void
  screen: Screen
}

/** `vestibule keys`: shows what the stored tokens are sealed under, or seals them under the newest key. */
export async function keys(config: Config, { verb, json }: KeysRequest, terminal: Terminal): Promise<number> {
  const store = createStore(config.databaseUrl, createKeyring(config.secretKeys).sealer('provider-token'))
  try {
    await refuseOtherSchema(store)
    return await (verb === 'status' ? status : rotate)(store, json, terminal)
  } finally {
    await store.close()
  }
}

async function status(store: Store, json: boolean, { print, complain }: Terminal): Promise<number> {
  const uses = await keysInUse(store)
  if (json) print(JSON.stringify({ keys: uses.map(({ keyId, key, rows }) => ({ id: keyId, key, rows })) }))
  else for (const line of uses.length > 0 ? uses.map(inLine) : ['There are no tokens.']) print(line)
  const lost = uses.filter(({ key }) => key === 'unknown').reduce((sum, { rows }) => sum + rows, 0)
  if (lost === 0) return OK
  complain(`${rowsThat(lost, 'lies', 'lie')} under a key that SECRET_KEYS does not hold. ${WAY_OUT}`)
  return FOUND_SOMETHING
}

async function rotate(store: Store, json: boolean, { print, complain, screen }: Terminal): Promise<number> {
  const stop = new AbortController()
  const progress = createProgress(screen)
  void firstSignal().then(() => {
    progress.end()
    complain('Stopping after this batch.')
    stop.abort()
  })
  const rotation = await rotateKeys(store, { stop: stop.signal, progress: progress.to }).finally(progress.end)
  const { rows, resealed, unopened, stopped } = rotation
  print(json ? JSON.stringify({ rows, resealed, unopened, stopped }) : outcome(rotation))
  if (unopened > 0)
    complain(
      `${rowsThat(unopened, 'does', 'do')} not open: the key is not in SECRET_KEYS, or they are damaged. ${WAY_OUT}`,
    )
  return stopped || unopened > 0 ? FOUND_SOMETHING : OK
}

const WAY_OUT = 'Put that key back at the end of SECRET_KEYS, or let these people sign in again.'

const LABELS = { newest: 'newest', older: 'older', unknown: 'unknown key' }

const inLine = ({ keyId, key, rows }: KeyUse) => `${(keyId || '(none)').padEnd(8)}  ${LABELS[key].padEnd(11)}  ${rows}`

const rowsThat = (count: number, one: string, several: string) =>
  count === 1 ? `1 row ${one}` : `${count} rows ${several}`

const outcome = ({ rows, resealed, stopped }: Rotation) =>
  `${stopped ? 'Stopped' : 'Done'}: ${resealed} of ${rows} rows were sealed anew.${stopped ? ' Run it again to go on.' : ''}`
