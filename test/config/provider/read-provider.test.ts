import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  assertIssues,
  company,
  inLocal,
  inProd,
  issuesInLocal,
  issuesInProd,
  prod,
  warningsOf,
} from '../parse-settings.js'

const SECRET = '5ffcd7c6f3f84a2e8f2b3cc1a3b8e5f90f9b1d11'

test('CF-03 a provider name that is doubled, reserved or no lower-case word is refused', () => {
  const word = 'a name consists of lower-case words, like github or my-company'
  assertIssues(issuesInProd, [
    [{ PROVIDERS: 'github,github' }, 'PROVIDERS names "github" twice'],
    [
      { PROVIDERS: 'github,callback' },
      'PROVIDERS names "callback", which is a part of our own URLs; choose another name',
    ],
    [{ PROVIDERS: 'github,' }, 'PROVIDERS has an empty part; look for a comma too many'],
    ...['GitHub', 'a/b', '..', 'a..b', 'a_b', '-a', 'a-', 'a--b', '1a', 'é', 'a b', '__proto__', '%2e'].map(
      (name): [Record<string, string>, string] => [
        { PROVIDERS: `github,${name}` },
        `PROVIDERS names "${name}"; ${word}`,
      ],
    ),
  ])
})

test('CF-03 two providers whose settings would have one name are refused', () => {
  const both = (...names: string[]) => {
    const settings = names.map(name =>
      Object.entries(company).map(([key, value]) => [
        key.replace('COMPANY', name.toUpperCase().replaceAll('-', '_')),
        value,
      ]),
    )
    return { ...Object.fromEntries(settings.flat()), PROVIDERS: names.join() }
  }
  const issues = issuesInProd(both('x', 'x-request'))
  assert.ok(
    issues.includes(
      'PROVIDERS names x-request, but X_REQUEST_TOKEN_PARAMS_FILE could mean x and x-request; choose another name',
    ),
  )
  assert.ok(
    issuesInProd(both('x-request', 'x')).some(issue => issue.startsWith('PROVIDERS names x, but X_REQUEST_TOKEN')),
  )
  assert.deepEqual(
    inProd(both('x', 'x-login')).config.providers.map(({ name }) => name),
    ['x', 'x-login'],
  )
})

test('the order of PROVIDERS is kept, and blanks around the names are ignored', () => {
  const { providers } = inLocal({ PROVIDERS: 'github , dev', GITHUB_CLIENT_ID: 'a', GITHUB_CLIENT_SECRET: 'b' }).config
  assert.deepEqual(
    providers.map(({ name }) => name),
    ['github', 'dev'],
  )
})

test('DEFAULT_PROVIDER is one of PROVIDERS, and the only provider is the default', () => {
  const two = { ...company, PROVIDERS: 'github,company' }
  assert.equal(inProd({}).config.defaultProvider, 'github')
  assert.equal(inProd(two).config.defaultProvider, undefined)
  assert.equal(inProd({ ...two, DEFAULT_PROVIDER: 'company' }).config.defaultProvider, 'company')
  assert.deepEqual(issuesInProd({ DEFAULT_PROVIDER: 'gitlab' }), [
    'DEFAULT_PROVIDER is "gitlab", which is not one of PROVIDERS; write github or nothing',
  ])
})

test('a DEFAULT_PROVIDER is ignored where PROVIDERS comes from an earlier source', () => {
  const local = { PROVIDERS: 'dev', DEFAULT_PROVIDER: 'dev' }
  assert.equal(inLocal(local, { process: company }).config.defaultProvider, 'company')
  const two = { ...company, PROVIDERS: 'company,dev', DEFAULT_PROVIDER: 'nobody' }
  assert.deepEqual(issuesInLocal(local, { process: two }), [
    'DEFAULT_PROVIDER is "nobody", which is not one of PROVIDERS; write company, dev or nothing',
  ])
})

test('a preset needs credentials, the development provider needs none', () => {
  const bare = { PROVIDERS: 'work,dev', WORK_PRESET: 'github' }
  assert.deepEqual(issuesInLocal(bare), [
    'WORK_CLIENT_ID is missing, and work is one of PROVIDERS',
    'WORK_CLIENT_SECRET is missing, and work is one of PROVIDERS',
  ])
  const [work] = inLocal({ ...bare, WORK_CLIENT_ID: 'a', WORK_CLIENT_SECRET: 'b' }).config.providers
  assert.deepEqual([work?.name, work?.preset, work?.clientId, work?.clientSecret], ['work', 'github', 'a', 'b'])
})

test('an unknown preset is one issue, which names the right preset', () => {
  assert.deepEqual(issuesInProd({ GITHUB_PRESET: 'githb' }), [
    'GITHUB_PRESET is "githb"; did you mean github? Or list the presets with:  npx vestibule env --provider',
  ])
  assert.deepEqual(issuesInProd({ GITHUB_PRESET: 'myspace' }), [
    'GITHUB_PRESET is "myspace"; list the presets with:  npx vestibule env --provider',
  ])
})

test('a name without preset is a custom provider, which needs all settings', () => {
  const named = 'because company is no built-in preset (list the presets with:  npx vestibule env --provider)'
  assert.deepEqual(issuesInProd({ PROVIDERS: 'company' }), [
    `COMPANY_PROTOCOL is missing; write oauth2, oidc or oauth1, ${named}`,
    'COMPANY_CLIENT_ID is missing, and company is one of PROVIDERS',
    'COMPANY_CLIENT_SECRET is missing, and company is one of PROVIDERS',
  ])
  const needs = (protocol: string) =>
    issuesInProd({
      PROVIDERS: 'company',
      COMPANY_PROTOCOL: protocol,
      COMPANY_CLIENT_ID: 'a',
      COMPANY_CLIENT_SECRET: 'b',
    })
  const each = (...suffixes: string[]) =>
    suffixes.map(suffix => `COMPANY_${suffix} is missing, and company is a custom provider`)
  assert.deepEqual(needs('oauth2'), each('AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL'))
  assert.deepEqual(needs('oauth1'), each('REQUEST_TOKEN_URL', 'AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL'))
  assert.deepEqual(needs('oidc'), each('ISSUER'))
})

test('a provider may be called like a property of every object', () => {
  const issues = issuesInProd({ PROVIDERS: 'constructor' })
  assert.match(issues[0] ?? '', /^CONSTRUCTOR_PROTOCOL is missing; .* constructor is no built-in preset/)
})

test('all settings of a custom provider are read', () => {
  const { providers } = inProd({
    ...company,
    COMPANY_SCOPE: 'openid  profile user:email',
    COMPANY_API_BASE_URL: 'https://api.acme.test/v1',
    COMPANY_AUTHORIZE_PARAMS: 'prompt=login&audience=https%3A%2F%2Fapi.acme.test',
    COMPANY_TOKEN_PARAMS: 'resource=a&resource=b',
    COMPANY_REFRESH_URL: 'https://id.acme.test/refresh',
    COMPANY_REFRESH_PARAMS: 'audience=api',
    COMPANY_REVOCATION_URL: 'https://id.acme.test/revoke',
    COMPANY_GROUPS_FIELD: 'https://acme.test/roles, realm_access.roles',
    COMPANY_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post',
    COMPANY_PKCE: 'off',
    COMPANY_LABEL: ' Acme & Söhne ',
    COMPANY_CALLBACK_PATH: '/auth/acme/callback',
    COMPANY_SUBJECT_FIELD: 'data.id',
    COMPANY_EMAIL_VERIFIED_FIELD: 'confirmed',
  }).config
  assert.deepEqual(providers, [
    {
      name: 'company',
      preset: undefined,
      protocol: 'oauth2',
      clientId: 'vestibule',
      clientSecret: 'b1d11f9b3a7aba766',
      privateKey: undefined,
      keyId: undefined,
      callbackPath: '/auth/acme/callback',
      issuer: undefined,
      discoveryUrl: undefined,
      authorizeUrl: 'https://id.acme.test/authorize',
      tokenUrl: 'https://id.acme.test/token',
      refreshUrl: 'https://id.acme.test/refresh',
      userUrl: 'https://id.acme.test/user',
      revocationUrl: 'https://id.acme.test/revoke',
      endSessionUrl: undefined,
      jwksUrl: undefined,
      requestTokenUrl: undefined,
      apiBaseUrl: 'https://api.acme.test/v1',
      baseUrl: undefined,
      tenant: undefined,
      scope: ['openid', 'profile', 'user:email'],
      authorizeParams: [
        ['prompt', 'login'],
        ['audience', 'https://api.acme.test'],
      ],
      tokenParams: [
        ['resource', 'a'],
        ['resource', 'b'],
      ],
      refreshParams: [['audience', 'api']],
      requestTokenParams: [],
      tokenEndpointAuthMethod: 'client_secret_post',
      signatureMethod: undefined,
      pkce: false,
      nonce: undefined,
      responseMode: undefined,
      maxAge: undefined,
      acrValues: undefined,
      idTokenAlgs: undefined,
      audiences: undefined,
      label: 'Acme & Söhne',
      emailTrusted: false,
      fields: { subject: 'data.id', emailVerified: 'confirmed' },
      groupsFields: ['https://acme.test/roles', 'realm_access.roles'],
      groupsWanted: false,
    },
  ])
})

test('unknown protocols and client authentication methods are refused', () => {
  const { COMPANY_PROTOCOL: _, ...rest } = company
  assertIssues(issuesInProd, [
    [{ ...rest, COMPANY_PROTOCOL: 'saml' }, 'COMPANY_PROTOCOL is "saml"; it can be oauth2, oidc or oauth1'],
    [
      { GITHUB_TOKEN_ENDPOINT_AUTH_METHOD: 'private_key_jwt' },
      'GITHUB_TOKEN_ENDPOINT_AUTH_METHOD is "private_key_jwt", which is not available yet',
    ],
    [
      { GITHUB_TOKEN_ENDPOINT_AUTH_METHOD: 'basic' },
      'GITHUB_TOKEN_ENDPOINT_AUTH_METHOD is "basic"; it can be client_secret_basic, client_secret_post or none',
    ],
    [{ GITHUB_PKCE: 'false' }, 'GITHUB_PKCE is "false"; it can be on or off'],
  ])
})

test('a public client has no secret', () => {
  const none = { GITHUB_TOKEN_ENDPOINT_AUTH_METHOD: 'none' }
  assert.equal(inProd({ ...none, GITHUB_CLIENT_SECRET: '' }).config.providers[0]?.clientSecret, undefined)
  assert.deepEqual(issuesInProd({ ...none, GITHUB_CLIENT_SECRET: SECRET }), [
    'GITHUB_CLIENT_SECRET is set, but GITHUB_TOKEN_ENDPOINT_AUTH_METHOD=none says that the client has no secret; remove one of them',
  ])
})

test('profile fields are for custom providers', () => {
  assertIssues(issuesInProd, [
    [
      { GITHUB_NAME_FIELD: 'name' },
      'GITHUB_NAME_FIELD is for custom providers; the preset github knows its profile, so remove it',
    ],
    ...['.id', 'data..id', 'a b', 'id.'].map((path): [Record<string, string | undefined>, string] => [
      { ...company, COMPANY_SUBJECT_FIELD: path },
      `COMPANY_SUBJECT_FIELD is "${path}"; write a dotted path, like data.id`,
    ]),
  ])
})

test('B-51 the name may be in several places, with commas between them', () => {
  const name = (value: string) =>
    inProd({ ...company, COMPANY_NAME_FIELD: value }).config.providers.find(each => each.name === 'company')?.fields
      .name
  assert.equal(name('given_name, name.family'), 'given_name,name.family')
  assert.equal(name('data.display_name'), 'data.display_name')
  assert.equal(name(''), undefined)
  const wanted = 'write dotted paths, like given_name,family_name'
  assertIssues(issuesInProd, [
    [{ ...company, COMPANY_NAME_FIELD: 'a,.b' }, `COMPANY_NAME_FIELD is "a,.b"; ${wanted}`],
    [{ ...company, COMPANY_NAME_FIELD: 'a b' }, `COMPANY_NAME_FIELD is "a b"; ${wanted}`],
    [{ ...company, COMPANY_NAME_FIELD: 'a,' }, 'COMPANY_NAME_FIELD has an empty part; look for a comma too many'],
    [{ ...company, COMPANY_NAME_FIELD: ',' }, 'COMPANY_NAME_FIELD has an empty part; look for a comma too many'],
    [
      { ...company, COMPANY_EMAIL_FIELD: 'mail,email ' },
      'COMPANY_EMAIL_FIELD is "mail,email "; write a dotted path, like data.id',
    ],
  ])
})

test('GROUPS_FIELD is for custom providers, and for presets of OpenID Connect that send groups', () => {
  const fieldsIn = (values: Record<string, string>) => inProd(values).config.providers[0]?.groupsFields
  const at = (name: string, more: Record<string, string>) => ({
    ...{ PROVIDERS: name.toLowerCase(), [`${name}_CLIENT_ID`]: 'a', [`${name}_CLIENT_SECRET`]: SECRET },
    ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`${name}_${key}`, value])),
  })
  const keycloak = at('KEYCLOAK', { BASE_URL: 'https://id.acme.test/realms/a', GROUPS_FIELD: 'realm_access.roles' })
  assert.deepEqual(fieldsIn(keycloak), ['realm_access.roles'])
  assert.equal(fieldsIn({ ...keycloak, KEYCLOAK_GROUPS_FIELD: '' }), undefined)
  assertIssues(issuesInProd, [
    [
      { GITHUB_GROUPS_FIELD: 'groups' },
      'GITHUB_GROUPS_FIELD is for custom providers and OpenID Connect; GitHub has its own, so remove it',
    ],
    [
      at('GOOGLE', { GROUPS_FIELD: 'groups' }),
      'GOOGLE_GROUPS_FIELD is for providers that send groups, and Google sends none; remove it',
    ],
    [
      { ...keycloak, KEYCLOAK_GROUPS_FIELD: 'groups,' },
      'KEYCLOAK_GROUPS_FIELD has an empty part; look for a comma too many',
    ],
    ...['.roles', 'a..b', 'a b', 'roles.'].map((path): [Record<string, string>, string] => [
      { ...keycloak, KEYCLOAK_GROUPS_FIELD: `groups,${path}` },
      `KEYCLOAK_GROUPS_FIELD names "${path}"; write dotted paths, like groups,realm_access.roles`,
    ]),
  ])
})

test('the URLs of a provider are whole, without user name and fragment, and https outside local', () => {
  const name = 'GITHUB_TOKEN_URL'
  const whole = 'write a whole URL, like https://provider.example.org/path'
  assertIssues(issuesInProd, [
    [{ [name]: 'http://id.acme.test/t' }, `${name} is "http://id.acme.test/t"; prod needs https://`],
    [{ [name]: '/token' }, `${name} is "/token"; ${whole}`],
    [{ [name]: 'https:id.acme.test' }, `${name} is "https:id.acme.test"; ${whole}`],
    [{ [name]: 'https:///id.acme.test' }, `${name} is "https:///id.acme.test"; ${whole}`],
    [{ [name]: 'https://id.acme.test/a b' }, `${name} is "https://id.acme.test/a b"; ${whole}`],
    [{ [name]: 'file:///etc/passwd' }, `${name} is "file:///etc/passwd"; ${whole}`],
    [
      { [name]: 'https://u:pw@id.acme.test/' },
      `${name} is "https://...@id.acme.test/"; write it without user name and password`,
    ],
    [{ [name]: 'https://id.acme.test/#a' }, `${name} is "https://id.acme.test/#..."; write it without a fragment`],
    [{ [name]: 'https://id.acme.test/#' }, `${name} is "https://id.acme.test/#"; write it without a fragment`],
    [
      { [name]: 'https://id.acme.test/?state=x' },
      `${name} is "https://id.acme.test/?..."; its query may not carry state, which the protocol sets itself`,
    ],
  ])
  for (const suffix of ['REFRESH_URL', 'REVOCATION_URL']) {
    assert.deepEqual(issuesInProd({ [`GITHUB_${suffix}`]: 'http://id.acme.test/t' }), [
      `GITHUB_${suffix} is "http://id.acme.test/t"; prod needs https://`,
    ])
  }
  const local = { ...company, COMPANY_TOKEN_URL: 'http://id.acme.test/token?tenant=1' }
  assert.equal(inLocal(local).config.providers[0]?.tokenUrl, 'http://id.acme.test/token?tenant=1')
})

const RESERVED =
  'client_id redirect_uri response_type response_mode scope state nonce code_challenge code_challenge_method request request_uri dpop_jkt grant_type code code_verifier client_secret client_assertion client_assertion_type refresh_token oauth_token oauth_callback'

test("extra parameters never replace the protocol's own", () => {
  for (const param of RESERVED.split(' ').flatMap(each => [each, each.toUpperCase(), each.replace(/^./, '%$&')])) {
    const written = param.startsWith('%') ? `%${param.charCodeAt(1).toString(16)}${param.slice(2)}` : param
    for (const name of ['GITHUB_AUTHORIZE_PARAMS', 'GITHUB_TOKEN_PARAMS', 'GITHUB_REFRESH_PARAMS']) {
      const [read] = [...new URLSearchParams(written).keys()]
      assert.deepEqual(issuesInProd({ [name]: `prompt=login&${written}=x` }), [
        `${name} may not set ${read}, which the protocol sets itself; remove it`,
      ])
    }
  }
  inProd({ GITHUB_AUTHORIZE_PARAMS: 'requested=1&my_state=2&codes=3&oauthx=4' })
})

test('extra parameters that are no query string are refused', () => {
  const wanted = 'write a query string, like prompt=login'
  assertIssues(issuesInProd, [
    [{ GITHUB_AUTHORIZE_PARAMS: '&' }, `GITHUB_AUTHORIZE_PARAMS holds no parameter; ${wanted}`],
    [{ GITHUB_AUTHORIZE_PARAMS: '=x' }, `GITHUB_AUTHORIZE_PARAMS has the parameter name ""; ${wanted}`],
    [{ GITHUB_AUTHORIZE_PARAMS: 'state =x' }, `GITHUB_AUTHORIZE_PARAMS has the parameter name "state "; ${wanted}`],
    [{ GITHUB_TOKEN_PARAMS: 'hun$ter2' }, `GITHUB_TOKEN_PARAMS has a parameter name that cannot be used; ${wanted}`],
    [
      { GITHUB_REFRESH_PARAMS: 'hun$ter2' },
      `GITHUB_REFRESH_PARAMS has a parameter name that cannot be used; ${wanted}`,
    ],
  ])
})

test('a scope that is not of plain words is refused', () => {
  assert.deepEqual(issuesInProd({ GITHUB_SCOPE: 'user "repo"' }), [
    'GITHUB_SCOPE has the scope ""repo""; write plain words, separated by blanks',
  ])
})

test('a callback path is one plain path of its own', () => {
  const paths = ['/auth/callback', '/github/authorized', '/login-callback', '/oauth/callback', '/oauth/GitHub/cb']
  for (const path of paths) {
    assert.equal(inProd({ GITHUB_CALLBACK_PATH: path }).config.providers[0]?.callbackPath, path)
  }
  const wrong = [
    ...[
      '/',
      '',
      'auth',
      '//auth',
      '/auth/',
      '/auth?x',
      '/auth#x',
      '/a b',
      '/:provider',
      '/a*',
      '/(.*)',
      '/{a}',
      '/%61',
    ],
    ...[
      '/a/../b',
      '/./a',
      '/..',
      'https://evil.test/',
      '/a\\b',
      '/login',
      '/login/x',
      '/LOGIN/x',
      '/logout',
      '/profile',
    ],
    ...['/signed-out', '/account/x', '/api/session', '/health/live', '/assets/a', '/forward-auth', '/flow-inspector'],
    ...['/oauth/github/backchannel-logout', '/OAuth/GitHub/Backchannel-Logout'],
  ]
  for (const path of wrong.filter(Boolean)) {
    const [issue, ...more] = issuesInProd({ GITHUB_CALLBACK_PATH: path })
    assert.ok(issue?.startsWith(`GITHUB_CALLBACK_PATH is "${path}"; `) && more.length === 0, issue ?? path)
  }
})

// Any such path was refused before, also where no provider of PROVIDERS had that name.
test('P14 a callback path by the name of another provider is refused only where PROVIDERS names that provider', () => {
  const paths = ['/oauth/gitlab/callback', '/OAuth/gitlab/Callback', '/oauth/gitlab/backchannel-logout']
  const two = { ...company, PROVIDERS: 'github,gitlab' }
  const gitlab = {
    ...two,
    GITLAB_PROTOCOL: 'oauth2',
    GITLAB_CLIENT_ID: 'vestibule',
    GITLAB_CLIENT_SECRET: 'b1d11f9b3a',
  }
  const urls = ['AUTHORIZE', 'TOKEN', 'USER'].map(each => [`GITLAB_${each}_URL`, `https://git.acme.test/${each}`])
  for (const path of paths) {
    assert.equal(inProd({ GITHUB_CALLBACK_PATH: path }).config.providers[0]?.callbackPath, path)
    const both = { ...gitlab, ...Object.fromEntries(urls), GITHUB_CALLBACK_PATH: path }
    const why = path.endsWith('logout')
      ? 'that path is for the logout tokens of gitlab'
      : 'that path belongs to another provider'
    const issue = `GITHUB_CALLBACK_PATH is "${path}"; ${why}; write another one`
    for (const order of ['github,gitlab', 'gitlab,github']) {
      assert.deepEqual(issuesInProd({ ...both, PROVIDERS: order }), [issue])
      // Also where that provider has another path: it could get its own again at any time.
      assert.deepEqual(issuesInProd({ ...both, PROVIDERS: order, GITLAB_CALLBACK_PATH: '/auth/gitlab' }), [issue])
    }
  }
})

test('two providers never share a callback path, whatever its case', () => {
  const two = { ...company, PROVIDERS: 'github,company', GITHUB_CALLBACK_PATH: '/auth/callback' }
  assert.deepEqual(issuesInProd({ ...two, COMPANY_CALLBACK_PATH: '/Auth/callback' }), [
    'COMPANY_CALLBACK_PATH is "/Auth/callback", as for github; each needs its own',
  ])
})

test('example secrets are refused outside local', () => {
  const examples =
    'changeme|change-me|CHANGE_ME|example|an-example-secret|secret|your-client-secret|xxx|xxxxxxxx|<secret>'
  for (const secret of `${examples}|my-secret|client_secret|***|placeholder|todo|password`.split('|')) {
    assert.deepEqual(
      issuesInProd({ GITHUB_CLIENT_SECRET: secret }),
      ['GITHUB_CLIENT_SECRET is an example; write the secret that the provider of github gave you'],
      secret,
    )
    inLocal({ PROVIDERS: 'github', GITHUB_CLIENT_ID: 'a', GITHUB_CLIENT_SECRET: secret })
  }
  inProd({ GITHUB_CLIENT_SECRET: SECRET })
})

test('a client id or label of several lines is refused', () => {
  assert.deepEqual(issuesInProd({ GITHUB_CLIENT_ID: 'a\nb' }), [
    'GITHUB_CLIENT_ID is "a\u{fffd}b" and has a line break or control character; write it on one line',
  ])
})

test('CF-04 two providers that are one client of one server get a warning', () => {
  const duplicate = { PROVIDERS: 'github,hub', HUB_PRESET: 'github', HUB_CLIENT_SECRET: 'another-one-of-theirs' }
  const same = 'HUB_CLIENT_ID is that of github, at the same provider; register each of them separately'
  assert.deepEqual(warningsOf(inProd({ ...duplicate, HUB_CLIENT_ID: prod.GITHUB_CLIENT_ID ?? '' })), [same])
  assert.deepEqual(warningsOf(inProd({ ...duplicate, HUB_CLIENT_ID: 'of-its-own' })), [])
  const elsewhere = { HUB_AUTHORIZE_URL: 'https://github.acme.test/authorize' }
  assert.deepEqual(warningsOf(inProd({ ...duplicate, ...elsewhere, HUB_CLIENT_ID: prod.GITHUB_CLIENT_ID ?? '' })), [])
})

test('MX-05 a provider that shows another one at its authorize URL cannot take over the callback of that one', () => {
  const evil = {
    EVIL_PROTOCOL: 'oauth2',
    EVIL_CLIENT_ID: 'evil',
    EVIL_CLIENT_SECRET: 'evil-secret',
    EVIL_AUTHORIZE_URL: company.COMPANY_AUTHORIZE_URL ?? '',
    EVIL_TOKEN_URL: 'https://evil.example/token',
    EVIL_USER_URL: 'https://evil.example/user',
  }
  const both = { ...company, ...evil, PROVIDERS: 'company,evil' }
  const paths = inProd(both).config.providers.map(({ callbackPath }) => callbackPath)
  assert.deepEqual(paths, ['/oauth/company/callback', '/oauth/evil/callback'])
  const [ofCompany = ''] = issuesInProd({ ...both, EVIL_CALLBACK_PATH: '/oauth/company/callback' })
  assert.match(ofCompany, /^EVIL_CALLBACK_PATH is .* that path belongs to another provider/)
  const [shared = ''] = issuesInProd({ ...both, COMPANY_CALLBACK_PATH: '/back', EVIL_CALLBACK_PATH: '/Back' })
  assert.match(shared, /^EVIL_CALLBACK_PATH is "\/Back", as for company/)
})

test('ST-30 no provider goes without state: no setting switches it off, and none can set it', () => {
  assertIssues(issuesInProd, [
    [
      { GITHUB_AUTHORIZE_PARAMS: 'state=fixed' },
      'GITHUB_AUTHORIZE_PARAMS may not set state, which the protocol sets itself; remove it',
    ],
  ])
  const [issue = ''] = issuesInProd({ GITHUB_STATE: 'off' })
  assert.match(issue, /^GITHUB_STATE is not a setting/)
})

test('a callback path that HOME_PATH leads to is refused, because each sign-in would end at it', () => {
  const home = 'and HOME_PATH leads there, so each sign-in would end at it'
  assertIssues(issuesInProd, [
    [{ HOME_PATH: '/home', GITHUB_CALLBACK_PATH: '/home' }, `GITHUB_CALLBACK_PATH is "/home", ${home}`],
    [{ HOME_PATH: '/%48ome/me?a=1', GITHUB_CALLBACK_PATH: '/home' }, `GITHUB_CALLBACK_PATH is "/home", ${home}`],
    [{ BASE_PATH: '/auth', GITHUB_CALLBACK_PATH: '/auth' }, `GITHUB_CALLBACK_PATH is "/auth", ${home}`],
  ])
  const apart = { HOME_PATH: '/homely', GITHUB_CALLBACK_PATH: '/home' }
  assert.equal(inProd(apart).config.homePath, '/homely')
})
