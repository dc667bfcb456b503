import { Router } from '@koa/router'
import type { TestApp } from './app.js'
import { HttpBrowser } from './http-browser.js'

/** Answered without a router. */
const IN_FRONT = ['/health/live', '/health/ready']

/** What the app routes, like `GET /login/:provider`, sorted; without addresses that are kept free for later. */
export async function routedPaths({ vestibule, origin }: TestApp): Promise<string[]> {
  const layers = vestibule.app.middleware.flatMap(middleware =>
    'router' in middleware && middleware.router instanceof Router ? middleware.router.stack : [],
  )
  const visitor = new HttpBrowser(origin)
  const routes: string[] = []
  for (const { path, methods } of layers) {
    if (methods.length === 0 || typeof path !== 'string') continue
    const { text } = await visitor.open(path)
    if (text.includes('not available yet')) continue
    const shown = path.replace(/^\/oauth\/[^/]+\//, '/oauth/:provider/')
    routes.push(...methods.filter(method => method !== 'HEAD').map(method => `${method} ${shown}`))
  }
  for (const path of IN_FRONT) if ((await visitor.open(path)).status === 200) routes.push(`GET ${path}`)
  return [...new Set(routes)].sort()
}
