import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axeViolations } from '../support/axe.js'
import type { Page } from '../support/chromium.js'
import { hardNames } from '../support/sample-views.js'
import { tooWide } from './overflowing-elements.js'
import { type BrowserSetup, choose, openBrowserSetup } from './setup.js'

const NAMES = ['dev', ...Array.from({ length: 24 }, (_, index) => `p${index}`)]
const LABELS: Record<string, string> = {
  P0: 'سلام!',
  P1: hardNames.rightToLeft,
  P2: hardNames.unbroken,
  P3: hardNames.markup,
  P4: 'X',
}

/** Of each, nothing but its place in the choice. */
const custom = (prefix: string) => ({
  [`${prefix}_PROTOCOL`]: 'oauth2',
  [`${prefix}_CLIENT_ID`]: 'x',
  [`${prefix}_CLIENT_SECRET`]: 'nothing',
  [`${prefix}_AUTHORIZE_URL`]: 'http://127.0.0.1:9/authorize',
  [`${prefix}_TOKEN_URL`]: 'http://127.0.0.1:9/token',
  [`${prefix}_USER_URL`]: 'http://127.0.0.1:9/user',
  [`${prefix}_LABEL`]: LABELS[prefix] ?? `Provider ${prefix}`,
})

let setup: BrowserSetup
before(async () => {
  const others = NAMES.slice(1).map(name => custom(name.toUpperCase()))
  setup = await openBrowserSetup(Object.assign({ PROVIDERS: NAMES.join(',') }, ...others))
})
after(() => setup.close())

async function openChoice(options?: Parameters<BrowserSetup['newPage']>[0]): Promise<Page> {
  const page = await setup.newPage({ reducedMotion: 'reduce', ...options })
  await page.goto(`${setup.app.origin}/login?return_to=/profile`)
  return page
}

const linksOf = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>('[...document.querySelectorAll(".choices a")].map(a => new URL(a.href).pathname)')

for (const width of [320, 700, 1280]) {
  test(`the choice of 25 providers fits into a window of ${width} pixels, each with room for a finger`, async () => {
    const page = await openChoice({ viewport: { width, height: 800 } })
    assert.deepEqual(await tooWide(page), [])
    const small = await page.evaluate<string[]>(`[...document.querySelectorAll('.choices a')]
        .filter(a => a.offsetHeight < 44 || a.offsetWidth < 150 || a.scrollWidth > a.clientWidth).map(a => a.innerText)`)
    assert.deepEqual(small, [])
  })
}

test('the choice of 25 providers is walked through by Tab in the order that it is read in, shows where it is, and Enter chooses', async () => {
  const page = await openChoice()
  await page.keyboard.press('Tab')
  const walked: string[] = []
  for (const _ of NAMES) {
    await page.keyboard.press('Tab')
    const [path = '', outline = ''] = await page.evaluate<string[]>(
      '[new URL(document.activeElement.href).pathname, getComputedStyle(document.activeElement).outlineWidth]',
    )
    assert.equal(outline, '3px', path)
    walked.push(path)
  }
  assert.deepEqual(
    walked,
    NAMES.map(name => `/login/${name}`),
  )

  await page.getByRole('link', { name: 'Continue with Development provider' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(`${setup.provider}/**`)
})

test('the choice of 25 providers begins with the one used last, which says so, and nothing moves while it loads', async () => {
  const page = await setup.newPage()
  await page.goto(`${setup.app.origin}/login/dev`)
  await choose(page, setup, 'ada')
  await page.goto(`${setup.app.origin}/login`)
  const first = page.locator('.choices a').first()
  assert.match(await first.innerText(), /Development provider\s+Last used$/)
  assert.equal(await page.getByText('Last used').count(), 1)
  assert.deepEqual((await linksOf(page)).slice(0, 2), ['/login/dev', '/login/p0'])
  const shifted = await page.evaluate<number>(`new Promise(done => {
      new PerformanceObserver(list => done(list.getEntries().reduce((sum, { value }) => sum + value, 0)))
        .observe({ type: 'layout-shift', buffered: true })
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(0))))
    })`)
  assert.equal(shifted, 0)
})

test('the choice of 25 providers keeps the direction of a label to itself, and shows markup as text', async () => {
  const page = await openChoice()
  assert.equal(await page.locator('.choices b, .choices script').count(), 0)
  assert.ok((await page.textContent('.choices'))?.includes(hardNames.markup))
  const [word = 0, sign = 0] = await page.evaluate<number[]>(`(text => {
      const left = (from, to) => {
        const range = document.createRange()
        range.setStart(text, from)
        range.setEnd(text, to)
        return range.getBoundingClientRect().left
      }
      return [left(0, 4), left(4, 5)]
    })(document.querySelector('a[href*="/p0?"] bdi').firstChild)`)
  assert.ok(sign < word, `${sign} ${word}`)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the choice of 25 providers is ${colorScheme} where that is wanted: axe finds nothing, and every initial can be read`, async () => {
    const page = await openChoice({ colorScheme })
    assert.deepEqual(await axeViolations(page), [])
    const contrasts = await page.evaluate<Record<string, number>>(CONTRASTS)
    assert.deepEqual(Object.keys(contrasts).length, 9)
    for (const [tone, contrast] of Object.entries(contrasts)) assert.ok(contrast >= 4.5, `${tone}: ${contrast}`)
  })
}

// axe looks at no text that is hidden from screen readers. Each tone, and the initial of the main button.
const CONTRASTS = `(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
  const luminance = color => {
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = element => {
    const { color, backgroundColor } = getComputedStyle(element)
    const [dark, light] = [luminance(color), luminance(backgroundColor)].sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  const initial = document.querySelector('.initial')
  const entries = [1, 2, 3, 4, 5, 6, 7, 8].map(tone => {
    initial.className = 'initial tone-' + tone
    return ['tone ' + tone, contrast(initial)]
  })
  initial.closest('a').classList.add('main')
  return Object.fromEntries([...entries, ['main', contrast(initial)]])
})()`
