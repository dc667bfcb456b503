import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createCookies } from '../../src/web/cookies.js'
import { createHostMismatches } from '../../src/web/host-mismatch.js'
import { createRespond } from '../../src/web/respond.js'
import { damaged, nasty } from './inputs.js'
import { contextWith } from './koa-context.js'
import { property } from './property.js'
import { flashSealer, keyring } from './sealed.js'

const respond = createRespond({
  publicUrl: 'https://app.example',
  site: { base: '', css: '/a.css', icon: '/a.svg', environment: 'prod', local: false },
  ...{
    cookies: createCookies({ secure: true, prefix: 'vestibule', flashSealer }),
    csrf: keyring.signer('csrf'),
  },
  hostMismatches: createHostMismatches('https://app.example', false),
  forgetEndedSession: async () => {},
})

const PIECES = [
  ...[
    'https://op.example',
    'http://',
    '//',
    '/',
    '\\',
    ';',
    '; url=',
    ',',
    '"',
    "'",
    '\r\n',
    '\n',
    '\t',
    '\u2028',
    '\0',
  ],
  ...['javascript:', 'data:,', 'Set-Cookie: a=b', '?a=b', '&', '#', '<', '>', '%0d%0a', '\u00fc', '@', ':'],
]
const urls = fc.oneof(
  {
    arbitrary: damaged(fc.constantFrom('https://op.example/end?id_token_hint=a.b.c&state=x', '/login/dev')),
    weight: 3,
  },
  { arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map(list => list.join('')), weight: 3 },
  { arbitrary: nasty(...PIECES).map(text => `https://op.example/${text}`), weight: 3 },
  nasty(...PIECES),
)

/** Whatever URL a provider has given itself, and a form of ours is to end at. */
export const departures = property(
  'a page that moves on has one header for it, in one line of ASCII, with the URL that was meant',
  fc.tuple(urls, nasty('GitHub')),
  async ([url, label]) => {
    const ctx = contextWith({})
    try {
      await respond.showRedirectPage(ctx, { url, label })
    } catch (error) {
      assert.ok(error instanceof TypeError, String(error))
      assert.equal(ctx.res.getHeader('Refresh'), undefined)
      return
    }
    const refresh = ctx.res.getHeader('Refresh')
    assert.ok(typeof refresh === 'string')
    assert.match(refresh, /^0;url=[\x21-\x7e]+$/)
    const reported = refresh.slice('0;url='.length)
    const own = 'https://own.invalid'
    assert.equal(new URL(reported, own).href, new URL(url, own).href)
    assert.match(new URL(reported, own).protocol, /^https?:$/)
    assert.equal(ctx.res.getHeader('Location'), undefined)
    assertLink(String(ctx.body), reported)
  },
)

/** The plain link leads to the same place, and nothing of it is markup. */
function assertLink(html: string, reported: string): void {
  const [, href = ''] = /<a class="button main" href="([^"<>]*)">/.exec(html) ?? []
  assert.equal(
    href.replace(/&(?:amp|quot|lt|gt|#\d+);/g, sign => SIGNS[sign] ?? sign),
    reported,
    html,
  )
  assert.doesNotMatch(html, /<script/i)
}

const SIGNS: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&quot;': '"', '&lt;': '<', '&gt;': '>', '&#39;': "'", '&#92;': '\\', '&#96;': '`' },
}
