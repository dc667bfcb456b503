import assert from 'node:assert/strict'
import { test } from 'node:test'
import { someSettings } from '../providers/samples.js'
import {
  assertIssues,
  configErrorOf,
  inLocal,
  inProd,
  issuesInLocal,
  issuesInProd,
  KEY,
  prod,
  warningsOf,
} from './parse-settings.js'

const MAKE_ONE = 'make one with:  npx vestibule secrets'

test('all issues are told in one list, in columns', () => {
  const refusal = configErrorOf(() =>
    inProd({
      PUBLIC_URL: 'http://login.example.org',
      SECRET_KEYS: '',
      GITHUB_CLIENT_ID: '',
      GITHUB_CLIENT_SECRT: 'b7c1',
      GITHUB_CLIENT_SECRET: undefined,
    }),
  )
  assert.equal(
    refusal.message,
    `The configuration cannot be used (env/prod/.env and the process environment):

  PUBLIC_URL           is "http://login.example.org"; prod needs https://
  SECRET_KEYS          is missing; make one with:  npx vestibule secrets
  GITHUB_CLIENT_ID     is missing, and github is one of PROVIDERS
  GITHUB_CLIENT_SECRET is missing, and github is one of PROVIDERS
  GITHUB_CLIENT_SECRT  is not a setting; did you mean GITHUB_CLIENT_SECRET?
`,
  )
})

test('the headline names every file that was read', () => {
  const refusal = configErrorOf(() => inProd({ PUBLIC_URL: '' }, { secretFile: {} }))
  assert.match(refusal.message, /\(env\/prod\/\.env\.secret, env\/prod\/\.env and the process environment\):/)
})

test('outside local an empty configuration lists everything that is required', () => {
  const nothing = Object.fromEntries(Object.keys(prod).map(name => [name, '']))
  assert.deepEqual(issuesInProd(nothing), [
    'PUBLIC_URL is missing; write the origin that browsers use, like https://login.example.org',
    `SECRET_KEYS is missing; ${MAKE_ONE}`,
    'PROVIDERS is missing; name the providers people sign in with, like github',
    'ALLOWED_USERS is missing; write who may sign in, like email:ada@example.org, or * for everyone',
  ])
})

test('in local nothing is required', () => {
  assert.deepEqual(inLocal({}), {
    config: {
      environment: 'local',
      local: true,
      publicUrl: undefined,
      listen: { host: '127.0.0.1', port: 3000, tryNextPort: true },
      keepAlive: 130_000,
      basePath: '',
      homePath: '/',
      databaseUrl: 'sqlite:var/vestibule.db',
      secretKeys: [],
      providers: [
        someSettings({
          ...{ name: 'dev', preset: 'dev', callbackPath: '/oauth/dev/callback' },
          ...{ clientId: undefined, clientSecret: undefined },
        }),
      ],
      defaultProvider: 'dev',
      allowedUsers: [{ kind: 'anybody' }],
      roleRules: [],
      accountLinking: 'ask',
      eventsKeep: 15_552_000_000,
      trustedProxies: [],
      proxies: undefined,
      cookiePrefix: undefined,
      hsts: 'host',
      session: { idle: 604_800_000, lifetime: 2_592_000_000, permanent: true },
      rateLimits: undefined,
      logLevel: 'info',
      devProvider: { url: 'http://127.0.0.1:3001', tryNextPort: true, exposed: false },
    },
    warnings: [],
  })
})

test('a good configuration of prod is taken as it is', () => {
  const { config, warnings } = inProd({ SESSION_PERMANENT: 'false', LOG_LEVEL: 'debug', BASE_PATH: '/auth/' })
  assert.deepEqual(warnings, [])
  assert.equal(config.local, false)
  assert.equal(config.publicUrl, 'https://login.acme.test')
  assert.equal(config.basePath, '/auth')
  assert.deepEqual(config.secretKeys, [KEY])
  assert.equal(config.defaultProvider, 'github')
  assert.equal(config.devProvider, undefined)
  assert.ok('port' in config.listen && !config.listen.tryNextPort)
  assert.equal(config.session.permanent, false)
  assert.equal(config.logLevel, 'debug')
})

test('CF-01 a session secret that is missing, short, misspelt or not random is refused', () => {
  const bytes = (length: number, byte = 0) => Buffer.alloc(length, byte).toString('base64url')
  assertIssues(issuesInProd, [
    [{ SECRET_KEYS: '' }, `SECRET_KEYS is missing; ${MAKE_ONE}`],
    [
      { SECRET_KEYS: Buffer.from(KEY, 'base64url').subarray(0, 16).toString('base64url') },
      `SECRET_KEYS is 16 bytes long, not 32; ${MAKE_ONE}`,
    ],
    [{ SECRET_KEYS: `${KEY}AAAA` }, `SECRET_KEYS is 35 bytes long, not 32; ${MAKE_ONE}`],
    [{ SECRET_KEYS: `${KEY}=` }, `SECRET_KEYS is not base64url text; ${MAKE_ONE}`],
    // The same bytes with other idle bits at the end.
    [{ SECRET_KEYS: `${KEY.slice(0, -1)}p` }, `SECRET_KEYS is not base64url text; ${MAKE_ONE}`],
    [{ SECRET_KEYS: 'correct horse battery staple' }, `SECRET_KEYS is not base64url text; ${MAKE_ONE}`],
    [{ SECRET_KEYS: bytes(32) }, `SECRET_KEYS is not random; ${MAKE_ONE}`],
    [{ SECRET_KEYS: bytes(32, 255) }, `SECRET_KEYS is not random; ${MAKE_ONE}`],
    [{ SECRET_KEYS: `${KEY},${bytes(32)}` }, `SECRET_KEYS (key 2) is not random; ${MAKE_ONE}`],
    [{ SECRET_KEYS: `${KEY},` }, 'SECRET_KEYS has an empty part; look for a comma too many'],
  ])
  assert.deepEqual(issuesInLocal({ SECRET_KEYS: bytes(32) }), [`SECRET_KEYS is not random; ${MAKE_ONE}`])
})

test('CF-01 an example key is refused outside local', () => {
  const typed = Buffer.from('this is a key that somebody typed').subarray(0, 32).toString('base64url')
  const counting = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
  for (const key of [typed, counting, `Example-${KEY.slice(8)}`]) {
    assert.deepEqual(issuesInProd({ SECRET_KEYS: key }), [`SECRET_KEYS is an example or typed by hand; ${MAKE_ONE}`])
    assert.deepEqual(inLocal({ SECRET_KEYS: key }).config.secretKeys, [key])
  }
})

test('several keys are kept in their order, newest first', () => {
  const older = Buffer.from(KEY, 'base64url').reverse().toString('base64url')
  assert.deepEqual(inProd({ SECRET_KEYS: `${KEY}, ${older}` }).config.secretKeys, [KEY, older])
})

test('CF-17 switched-off TLS checks are refused outside local', () => {
  const process = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  assert.match(issuesInProd({}, { process }).join(), /^NODE_TLS_REJECT_UNAUTHORIZED is "0", which switches off all TLS/)
  inProd({}, { process: { NODE_TLS_REJECT_UNAUTHORIZED: '1' } })
  inLocal({}, { process })
})

test('how new identities are joined, and how long the audit trail is kept, are read', () => {
  for (const linking of ['ask', 'verified', 'never'] as const) {
    assert.equal(inProd({ ACCOUNT_LINKING: linking }).config.accountLinking, linking)
  }
  assert.equal(inProd({ EVENTS_KEEP: '30d' }).config.eventsKeep, 2_592_000_000)
  assertIssues(issuesInProd, [
    [{ ACCOUNT_LINKING: 'always' }, 'ACCOUNT_LINKING is "always"; it can be ask, verified or never'],
    [{ EVENTS_KEEP: '0d' }, 'EVENTS_KEEP is "0d"; write a time such as 45s, 30m, 12h or 7d'],
    [{ EVENTS_KEEP: 'forever' }, 'EVENTS_KEEP is "forever"; write a time such as 45s, 30m, 12h or 7d'],
  ])
})

test('times are read in seconds, minutes, hours and days', () => {
  const { session } = inProd({ SESSION_IDLE: '45s', SESSION_LIFETIME: '12h' }).config
  assert.deepEqual([session.idle, session.lifetime], [45_000, 43_200_000])
  assert.equal(inProd({ SESSION_IDLE: '30m' }).config.session.idle, 1_800_000)
})

test('who shortens the lifetime of a session alone shortens the idle time with it', () => {
  assert.equal(inProd({ SESSION_LIFETIME: '1d' }).config.session.idle, 86_400_000)
})

test('a time that is none, or none at all, is refused', () => {
  const wanted = 'write a time such as 45s, 30m, 12h or 7d'
  for (const time of ['0d', 'd', '-1d', '1.5h', '9999999d', '7 moons', '0', 'forever']) {
    assert.deepEqual(issuesInProd({ SESSION_IDLE: time }), [`SESSION_IDLE is "${time}"; ${wanted}`])
  }
  assert.deepEqual(issuesInProd({ SESSION_IDLE: '31d' }), [
    'SESSION_IDLE is "31d", longer than SESSION_LIFETIME, which is 30d; write 30d at most, or set SESSION_LIFETIME=31d',
  ])
})

test('a time that is written as elsewhere leads to how it is written here', () => {
  const meant = {
    '7': '7d',
    '7 d': '7d',
    '1w': '7d',
    '30 minutes': '30m',
    '12H': '12h',
    '45 sec': '45s',
    '2 weeks': '14d',
  }
  for (const [time, near] of Object.entries(meant)) {
    assert.deepEqual(issuesInProd({ EVENTS_KEEP: time }), [
      `EVENTS_KEEP is "${time}"; did you mean ${near}? Or write a time such as 45s, 30m, 12h or 7d`,
    ])
  }
})

test('a word outside the choice is refused with the choice', () => {
  assertIssues(issuesInProd, [
    [{ SESSION_PERMANENT: 'yes' }, 'SESSION_PERMANENT is "yes"; it can be true or false'],
    [{ LOG_LEVEL: 'verbose' }, 'LOG_LEVEL is "verbose"; it can be fatal, error, warn, info, debug, trace or silent'],
    [{ DEV_PROVIDER_EXPOSED: 'true' }, 'DEV_PROVIDER_EXPOSED is "true"; it can only be yes'],
  ])
})

test('the development provider exists in local only, also under another name', () => {
  const issue = 'the development provider, which is for environment local only'
  assertIssues(issuesInProd, [
    [{ PROVIDERS: 'dev' }, `PROVIDERS names dev, ${issue}`],
    [{ PROVIDERS: 'dev', DEV_PROVIDER_EXPOSED: 'yes' }, `PROVIDERS names dev, ${issue}`],
    [{ PROVIDERS: 'other', OTHER_PRESET: 'dev' }, `PROVIDERS names other, ${issue}`],
  ])
})

const surroundings = [
  { process: { NODE_ENV: 'production' }, file: {}, issue: 'NODE_ENV is "production",' },
  {
    process: {},
    file: { LISTEN_HOST: '0.0.0.0' },
    issue: 'LISTEN_HOST is "0.0.0.0", which is not a loopback address,',
  },
  {
    process: {},
    file: { PUBLIC_URL: 'http://127.0.0.1.acme.test' },
    issue: 'PUBLIC_URL is "http://127.0.0.1.acme.test", which is not a loopback address,',
  },
]

for (const { process, file, issue } of surroundings) {
  test(`the development provider does not run where others can reach it: ${Object.keys({ ...process, ...file })}`, () => {
    const but = 'and the development provider lets everyone sign in as anyone; remove it from PROVIDERS'
    const way = 'or, in a container, set DEV_PROVIDER_EXPOSED=yes'
    assert.deepEqual(issuesInLocal(file, { process }), [`${issue} ${but}, ${way}`])
    const other = { PROVIDERS: 'github', GITHUB_CLIENT_ID: 'a', GITHUB_CLIENT_SECRET: 'b' }
    assert.equal(inLocal({ ...file, ...other }, { process }).config.devProvider, undefined)

    const exposed = inLocal({ ...file, DEV_PROVIDER_EXPOSED: 'yes' }, { process })
    assert.equal(exposed.config.devProvider?.exposed, true)
    assert.deepEqual(warningsOf(exposed), [
      'DEV_PROVIDER_EXPOSED is yes: EVERYONE WHO CAN REACH THIS APP CAN SIGN IN AS ANYONE',
    ])
  })
}

test('the development provider listens on a loopback address only, and a given port does not move', () => {
  assert.deepEqual(inLocal({ DEV_PROVIDER_URL: 'http://localhost:4000/' }).config.devProvider, {
    url: 'http://localhost:4000',
    tryNextPort: false,
    exposed: false,
  })
  assert.deepEqual(issuesInLocal({ DEV_PROVIDER_URL: 'http://10.0.0.1:3001' }), [
    'DEV_PROVIDER_URL is "http://10.0.0.1:3001"; write a loopback address, like http://127.0.0.1:3001',
  ])
  assert.match(issuesInLocal({ DEV_PROVIDER_URL: 'http://127.0.0.1:3001/x' }).join(), /write only scheme and host/)
})
