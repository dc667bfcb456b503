// The rules of architecture.test.ts as data: layers, packages, single places and sizes.
import type { Views } from './source-text.js'

interface Folder {
  layer: number
  /** Folders it may import: lower ones only. */
  imports: readonly string[]
  /** Files whose types it may import. */
  types?: readonly string[]
}

const CONFIG_TYPES = ['src/config/types.ts']
/** The files in src/ itself, and cli/: the only code that may import every folder. */
export const COMPOSITION = 'composition'

/** The layers: a folder imports only folders below its own layer. */
export const FOLDERS: Readonly<Record<string, Folder>> = {
  crypto: { layer: 0, imports: [] },
  http: { layer: 0, imports: [] },
  migrations: { layer: 0, imports: [] },
  oauth: { layer: 1, imports: ['crypto', 'http'] },
  net: { layer: 1, imports: ['crypto', 'http'] },
  config: { layer: 1, imports: ['crypto', 'http'] },
  providers: { layer: 2, imports: ['oauth', 'crypto', 'http'], types: CONFIG_TYPES },
  store: { layer: 2, imports: ['crypto', 'migrations'] },
  ops: { layer: 2, imports: [] },
  accounts: { layer: 3, imports: ['store', 'providers', 'oauth', 'crypto', 'http'], types: CONFIG_TYPES },
  web: { layer: 4, imports: ['accounts', 'ops', 'net', 'crypto', 'http'], types: CONFIG_TYPES },
  // It shares no code with the app, so that both sides cannot share a mistake.
  'dev-provider': { layer: 4, imports: [] },
}

/** The files through which other layers import a folder; COMPOSITION may import every file. */
export const INTERFACES: Readonly<Record<string, readonly string[]>> = {
  accounts: [
    'src/accounts/accounts.ts',
    'src/accounts/errors.ts',
    'src/accounts/age.ts',
    // Names and size of the attempt cookies, and the id of an attempt.
    'src/accounts/sign-in/attempt-cookies.ts',
    'src/accounts/sign-in/attempt.ts',
  ],
}

const OBSERVABILITY = ['src/ops/', COMPOSITION]
const KOA = ['src/web/', 'src/dev-provider/']
const SQL = ['src/store/']
const NETWORK = ['src/net/', COMPOSITION]

/** The folders and files that may import a package. A package that is missing here may not be imported. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  koa: [...KOA, COMPOSITION],
  '@koa/router': KOA,
  'co-body': KOA,
  nunjucks: KOA,
  'koa-session': ['src/web/middleware/session.ts'],
  'koa-views': ['src/web/views.ts'],
  knex: [...SQL, 'migrations/'],
  'better-sqlite3': SQL,
  pg: SQL,
  undici: ['src/net/'],
  'fastest-levenshtein': ['src/config/', 'src/cli/'],
  zod: ['src/config/', 'src/providers/', 'src/accounts/', 'src/web/'],
  bowser: ['src/accounts/users/user-agent.ts'],
  'lru-cache': ['src/accounts/', 'src/web/'],
  pino: OBSERVABILITY,
  'pino-pretty': OBSERVABILITY,
  'prom-client': OBSERVABILITY,
  'node:fs': ['src/config/load.ts', 'src/store/', 'src/ops/standard-output.ts', ...KOA, COMPOSITION],
  'node:tty': ['src/ops/standard-output.ts'],
  'node:crypto': ['src/crypto/', 'src/dev-provider/'],
  'node:process': ['src/config/load.ts', COMPOSITION],
  'node:child_process': ['src/cli/'],
  // config/ uses only isIP, to check TRUSTED_PROXIES and NO_PROXY.
  'node:net': [...NETWORK, 'src/config/app/listen.ts', 'src/config/app/proxies.ts'],
  ...Object.fromEntries(['http', 'https', 'http2', 'tls', 'dns', 'dgram'].map(name => [`node:${name}`, NETWORK])),
}

/** Folders that can be read alone: they import no packages except these. */
export const SELF_CONTAINED: Readonly<Record<string, readonly string[]>> = {
  crypto: ['node:crypto'],
  http: ['node:crypto'],
  oauth: [],
}

export interface Pattern {
  what: string
  pattern: RegExp
  view: keyof Views
}

export interface SinglePlace extends Pattern {
  /** The only files and folders that may contain it. */
  only: readonly string[]
  /** The rule holds only below this path. */
  within?: string
}

/** Dangerous calls, each of which has one place. */
export const SINGLE_PLACES: readonly SinglePlace[] = [
  { what: 'fetch', pattern: /\bfetch\s*\(|\bglobalThis\.fetch\b/, view: 'code', only: ['src/net/http-client.ts'] },
  {
    what: 'process.env',
    pattern: /\bprocess\s*\.\s*env\b/,
    view: 'code',
    // The second one runs before anything is built, and needs the port.
    only: ['src/config/load.ts', 'src/cli/dev/error-page.js'],
  },
  {
    what: 'a redirect that is not respond.redirect',
    pattern: /(?<!\brespond)\.redirect\s*\(/,
    view: 'code',
    only: ['src/web/respond.ts', 'src/dev-provider/'],
  },
  {
    what: 'a Location or Refresh header',
    pattern: /\.(?:set|append|setHeader)\(\s*['"](?:location|refresh)['"]/i,
    view: 'spoken',
    only: ['src/web/respond.ts', 'src/dev-provider/'],
  },
  { what: 'ctx.render', pattern: /\bctx\s*\.\s*render\s*\(/, view: 'code', only: ['src/web/respond.ts'] },
  {
    what: 'a cookie that is set',
    pattern: /\bcookies\s*\.\s*set\s*\(|['"]set-cookie['"]/i,
    view: 'spoken',
    only: ['src/web/middleware/session.ts', 'src/web/cookies.ts', 'src/dev-provider/'],
  },
  {
    what: "node:crypto's timingSafeEqual, which throws on unequal lengths",
    pattern: /\.timingSafeEqual\b|\btimingSafeEqual\b[^}]*\}\s*from\s*['"]node:crypto['"]/,
    view: 'spoken',
    only: ['src/crypto/digest.ts', 'src/dev-provider/'],
  },
  { what: 'as SafePath', pattern: /\bas SafePath\b/, view: 'code', only: ['src/accounts/return-path.ts'] },
  { what: 'Math.random', pattern: /\bMath\.random\b/, view: 'code', only: [] },
  {
    what: 'the clock',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    view: 'code',
    only: [],
    within: 'src/oauth/',
  },
]

export const WORDS: readonly Pattern[] = [
  { what: 'any', pattern: /(?:[:<|&,(=]|\bas|\bextends)\s*any\b(?!\s*[:?(.])/, view: 'code' },
  { what: 'as unknown as', pattern: /\bas\s+unknown\s+as\b/, view: 'code' },
  { what: '@ts-ignore or a similar comment', pattern: /@ts-(?:ignore|expect-error|nocheck)/, view: 'comments' },
  {
    what: 'a paper that is not in the repository',
    pattern: /\b(?:findings|design|style|naming|parity|security-cases|rp-conformance|oauth1-vectors)\.md\b/,
    view: 'comments',
  },
  { what: 'a note of unfinished work', pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, view: 'comments' },
]

/**
 * Words that are banned in identifiers and file names: metaphors, participles as nouns, and second words for an idea
 * that has one (`response` and not answer, `check` and not judge).
 */
export const BANNED_WORDS: ReadonlySet<string> = new Set(
  (
    'story ground furnish house room door floor face stray strays errand errands twin twins bite bites mischief ' +
    'trouble told said answer answers answered question questions judge judges judged complain complains keep keeps ' +
    'kept whoever nobody somebody'
  ).split(' '),
)

/** Names that others have given, which contain such a word: of Node, of the language, of settings and of a URL. */
export const GIVEN_NAMES = /\bMath\.floor\b|keep[-_]?alive|events_?keep/gi
export const GIVEN_WORDS: Readonly<Record<string, readonly string[]>> = {
  'src/web/form-post.ts': ['answer'],
  'src/web/links.ts': ['answer'],
  // Names of faults, which stand in URLs.
  'test/dev-provider/fault-outcomes.ts': ['answer'],
}

/** A folder with more files has sub-folders by subject. */
export const FOLDER_FILES = 18
export const FILE_LINES = 250
export const FUNCTION_LINES = 50
/** Lower limits for the functions whose order of steps is the security. */
export const SHORT_FUNCTIONS: readonly { path: string; name?: string; lines: number }[] = [
  { path: 'src/web/handlers/callback.ts', lines: 15 },
  { path: 'src/accounts/sign-in/callback.ts', name: '(?:finishSignIn|handleCallback)', lines: 30 },
]

export const TOP_LEVEL =
  'package.json package-lock.json tsconfig.json biome.json README.md LICENSE src views migrations test env'.split(' ')
export const SIGN_IN_PACKAGE =
  /auth|oidc|openid|jwt|jsonwebtoken|jose|jws|jwe|passport|grant|saml|arctic|lucia|oslo|keycloak|msal/i
/** `src/services.ts` is the one file that builds what all layers stand on. */
export const VAGUE_NAME = /(?:^|[-/])(?:utils?|helpers?|managers?|(?<!^src\/)services?|base|common|misc)(?=[./])/
