import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomToken } from '../../src/crypto/random.js'
import { AcmeBrowser } from '../support/acme-browser.js'
import { type Settings, startApp } from '../support/app.js'
import { type FakeProvider, json, startFakeProvider } from '../support/fake-provider.js'
import type { Situation } from './crash-points.js'
import { granted } from './crash-refresh.js'

// So long that a session is noted as seen again.
const A_WHILE = 5 * 60_000

/** Another provider, to be connected. */
export const OTHER = 'other'

/** Where apps crash. */
export interface CrashApp {
  /** The folder that their `env/` is in. */
  root: string
  /** The session that the databases of everybody but newcomers know. */
  session: string
  settings(far: FakeProvider, databaseUrl: string): Settings
  /** The `DATABASE_URL` of a database that nobody else uses, as the situation wants it. */
  freshDatabase(situation: Situation): Promise<string>
  clear(): void
}

/** A site of SQLite files, copied from two that are made once: an empty one, and one that knows Ada. */
export async function openCrashApp(): Promise<CrashApp> {
  const root = mkdtempSync(join(tmpdir(), 'vestibule-crash-'))
  mkdirSync(join(root, 'env/local'), { recursive: true })
  // One key for all, so that an app knows the attempts and sessions of the one that died before it.
  const keys = randomToken()
  const settings: CrashApp['settings'] = (far, databaseUrl) => ({
    ...far.settings(OTHER),
    ...far.settings(),
    PROVIDERS: `acme,${OTHER}`,
    DATABASE_URL: databaseUrl,
    SECRET_KEYS: keys,
    LOG_LEVEL: 'silent',
  })
  const [empty, known] = [join(root, 'empty.db'), join(root, 'ada.db')]
  const files = { newcomer: empty, returning: known, again: known, connecting: known }
  await visit(settings, files.newcomer, async () => {})
  const ada = await visit(settings, files.returning, visitor => visitor.signInAs())
  let count = 0
  return {
    ...{ root, settings, session: ada.sessionCookie ?? '' },
    async freshDatabase(situation) {
      const file = join(root, `${++count}.db`)
      copyFileSync(files[situation], file)
      return `sqlite:${file}`
    },
    clear: () => rmSync(root, { recursive: true, force: true }),
  }
}

async function visit(
  settings: CrashApp['settings'],
  file: string,
  act: (visitor: AcmeBrowser) => Promise<unknown>,
): Promise<AcmeBrowser> {
  const far = await startFakeProvider()
  // So short-lived that they are over by now.
  far.on('/token', json(granted(1)))
  const app = await startApp(settings(far, `sqlite:${file}`), { now: () => Date.now() - A_WHILE })
  const visitor = new AcmeBrowser(app.origin)
  try {
    await act(visitor)
    return visitor
  } finally {
    await app.stop()
    await far.stop()
  }
}
