import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { ALL_PAGES, DOCS, headingsOf, pathOf, ROOT, read, textOf } from './pages.js'

/** The longest README: what does not fit belongs on a page of .github/docs. */
const README_LINES = 120

/** A heading as GitHub makes an anchor of it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (path: string): Set<string> => {
  const text = read(path)
  return new Set([...headingsOf(text, 2), ...headingsOf(text, 3)].map(anchorOf))
}

/** Where a text leads to on this machine: links and pictures, each with its anchor. */
function targetsOf(text: string): { path: string; anchor: string | undefined }[] {
  const found = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g)]
  const urls = found.map(([, link, picture]) => link ?? picture ?? '').filter(url => !/^https?:/.test(url))
  return urls.map(url => {
    const [path = '', anchor] = url.split('#')
    return { path, anchor }
  })
}

test(`the README has at most ${README_LINES} lines`, () => {
  assert.ok(textOf('README').trimEnd().split('\n').length <= README_LINES)
})

test('every link between the pages leads to a file that exists, and to a heading of it', () => {
  for (const page of ALL_PAGES) {
    for (const { path, anchor } of targetsOf(read(page))) {
      const target = path === '' ? page : normalize(join(dirname(page), path))
      assert.ok(existsSync(join(ROOT, target)), `${page} leads to ${target}`)
      if (anchor !== undefined) assert.ok(anchorsOf(target).has(anchor), `${page} leads to ${target}#${anchor}`)
    }
  }
})

test('the README leads to every page of the documentation', () => {
  const targets = new Set(targetsOf(textOf('README')).map(({ path }) => path))
  for (const page of ALL_PAGES.slice(1)) assert.ok(targets.has(page), page)
})

test('every page begins with its title, a line of what it says, and a list of its sections', () => {
  for (const page of DOCS) {
    const text = textOf(page)
    assert.match(text, /^# .+\n\nThis page .+\n\n/, pathOf(page))
    const introduction = text.split('\n## ', 1).join()
    for (const heading of headingsOf(text, 2)) {
      const isListed = page === 'errors' || introduction.includes(`[${heading}](#${anchorOf(heading)})`)
      assert.ok(isListed, `${pathOf(page)} does not list "${heading}"`)
    }
  }
})
