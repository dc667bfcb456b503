import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { hardNames, sampleUser, sampleViews } from './support/sample-views.js'

const folder = fileURLToPath(new URL('../../views/', import.meta.url))
const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(folder), {
  autoescape: true,
  throwOnUndefined: true,
})

const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => path.endsWith('.njk') && !path.endsWith('layout.njk') && !path.startsWith('partials/'))

const render = (view: string, locals: object): string => environment.render(view, locals)

/** Locals with nothing in them that may be missing: what is nullable is null, what is a list is empty. */
const bareViews: Record<string, object> = {
  'home.njk': { user: { ...sampleUser, login: null, email: null, emailVerified: false, picture: null }, flash: null },
  'login.njk': { providers: sampleViews['login.njk'].providers.slice(0, 1), user: sampleUser, csrf: 'csrf-token' },
  'switch.njk': { others: null },
  'profile.njk': {
    live: null,
    repositories: null,
    problem: 'GitHub did not answer. Nothing is lost.',
    reconnect: null,
  },
  'account.njk': {
    providerToLink: null,
    connections: [],
    providers: [],
    sessions: { first: [], rest: [] },
    others: false,
    moreSessions: 0,
    activity: { first: [], rest: [] },
    confirmation: { text: 'DELETE', kind: 'word' },
    isWrongConfirmation: false,
  },
  'redirect.njk': { user: null, csrf: null, note: null },
  'logout.njk': { csrf: null, user: null },
  'error.njk': { actions: [], who: null, quote: null, hint: null },
  'dev-provider/choose.njk': {
    ...{ scopes: [], hidden: [], users: [], faultGroups: [], chosen: '', deny: [], last: null, protocols: [] },
    newUser: { login: '', name: '', email: '', problem: null },
  },
  'dev-provider/error.njk': { detail: null },
  'dev-provider/step.njk': { hidden: [] },
}

test('the sample locals name every page there is, and no other', () => {
  assert.deepEqual(Object.keys(sampleViews).sort(), pages.sort())
})

for (const [view, locals] of Object.entries(sampleViews)) {
  test(`${view} renders with everything, and with nothing that may be missing`, () => {
    for (const html of [render(view, locals), render(view, { ...locals, ...bareViews[view] })]) {
      assert.match(html, /^<!doctype html>\n<html lang="en">/)
      assert.match(html, /<title>[^<]+ · (Vestibule|Development provider)<\/title>/)
      assert.equal(html.match(/<h1[ >]/g)?.length, 1)
      assert.equal(html.match(/<main id="main"/g)?.length, 1)
    }
  })

  test(`HD-05 ${view} escapes whatever it is handed`, () => {
    const html = render(view, hostile(locals) as object)
    assert.doesNotMatch(html, /<script|<b onclick|"'>/)
    assert.match(html, /&lt;script&gt;/)
    assert.equal(html.match(/<\/title>/g)?.length, 1)
  })

  test(`${view} holds nothing that the content security policy refuses`, () => {
    const tags = render(view, locals).match(/<[a-z][^>]*>/g) ?? []
    assert.deepEqual(
      tags.filter(tag =>
        /^<(script|style|iframe|base|object|embed)\b|\s(style|on\w+)=|\b(javascript|data):/i.test(tag),
      ),
      [],
    )
  })

  test(`${view} loads only its own stylesheet and icon, and the picture it was given`, () => {
    const loads = [...render(view, locals).matchAll(/<(?:link|img|source)\b[^>]*\b(?:href|src)="([^"]+)"/g)]
    const given = 'site' in locals ? [locals.site.css, locals.site.icon] : [locals.css, locals.icon]
    const urls = new Set(loads.map(([, url]) => url))
    assert.deepEqual([...urls].filter(url => url !== sampleUser.picture).sort(), given.sort())
  })
}

test('every form of the app carries the CSRF token', () => {
  for (const [view, locals] of Object.entries(sampleViews)) {
    if (!('site' in locals)) continue
    const forms = render(view, locals).match(/<form[\s\S]*?<\/form>/g) ?? []
    for (const form of forms) assert.match(form, /<input type="hidden" name="csrf" value="csrf-token">/, view)
  }
})

test('every link of the app stays behind the base path', () => {
  for (const [view, locals] of Object.entries(sampleViews)) {
    if (!('site' in locals)) continue
    const paths = [...render(view, locals).matchAll(/(?:href|action)="(\/[^"]*)"/g)].map(([, path]) => path ?? '')
    assert.deepEqual(
      paths.filter(path => !path.startsWith('/in/')),
      [],
      view,
    )
  }
})

test('what happened, and what to do about it, is shown in local only', () => {
  const locals = sampleViews['error.njk']
  const prod = { ...locals, site: { ...locals.site, environment: 'prod', local: false } }
  assert.match(render('error.njk', locals), /What happened:<\/b> <bdi>No attempt[\s\S]*What to do:<\/b> You opened/)
  assert.doesNotMatch(render('error.njk', prod), /What happened|No attempt|What to do|Environment|PUBLIC_URL/)
})

test('the stylesheet weighs less than 15 kB and asks for nothing else', () => {
  const css = readFileSync(`${folder}assets/vestibule.css`, 'utf8')
  assert.ok(Buffer.byteLength(css) < 15_000)
  assert.doesNotMatch(css, /url\(|@import|@font-face/)
})

/** Every string in the locals replaced by markup that would break out of text, an attribute or the title. */
function hostile(value: unknown): unknown {
  if (typeof value === 'string') return `"'></title>${hardNames.markup}`
  if (Array.isArray(value)) return value.map(hostile)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, hostile(part)]))
}
