import type { Page } from '../support/chromium.js'

/** The elements that stick out of the window, by their opening tags; and the whole page, if it can be scrolled sideways. */
export const tooWide = (page: Page): Promise<string[]> => page.evaluate<string[]>(IN_THE_PAGE)

const IN_THE_PAGE = `(() => {
  const width = document.documentElement.clientWidth
  const sticksOut = ({ left, right }) => left < -0.5 || right > width + 0.5
  const outside = [...document.body.querySelectorAll('*')].filter(element => sticksOut(element.getBoundingClientRect()))
  const tags = outside.map(element => element.outerHTML.slice(0, 80))
  return document.documentElement.scrollWidth > width ? [...tags, 'the page scrolls sideways'] : tags
})()`
