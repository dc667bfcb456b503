import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { relativeTime } from '../../../src/web/present/relative-time.js'
import { presentUser } from '../../../src/web/present/user.js'

const VIEWS = fileURLToPath(new URL('../../../../views', import.meta.url))

type Facts = Parameters<typeof presentUser>[0]

/** The app's own home page, compiled once and rendered without anything around it. */
export function createHomePage(): (facts: Facts, signedInAt: number) => string {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(VIEWS), {
    autoescape: true,
    throwOnUndefined: true,
  })
  const home = environment.getTemplate('home.njk', true)
  const site = { base: '', css: '/assets/style.css', icon: '/assets/icon.svg', environment: 'local', local: true }

  return (facts, signedInAt) => {
    const since = relativeTime(signedInAt, Date.now())
    const session = { provider: 'Acme', since, ends: 'in 30 days, or after 7 days away' }
    return home.render({ site, current: 'home', user: presentUser(facts), csrf: null, flash: null, session })
  }
}
