import { readdirSync } from 'node:fs'
import { relative } from 'node:path'
import koaViews from 'koa-views'
import nunjucks from 'nunjucks'
import type { Middleware } from './context.js'

/**
 * koa-views over one nunjucks environment. Its own engine would compile each template again on every request, and would
 * hand `ctx.state` to nunjucks as options.
 */
export function views(root: string): Middleware {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(root), {
    autoescape: true,
    throwOnUndefined: true,
  })
  // Compiled now, so that a broken template stops the start and the first visitor waits no longer than the second.
  for (const file of readdirSync(root)) if (file.endsWith('.njk')) environment.getTemplate(file, true)

  const njk = (path: string, locals: object): Promise<string> =>
    new Promise((resolve, reject) =>
      environment.render(relative(root, path), locals, (error, html) => (error ? reject(error) : resolve(html ?? ''))),
    )
  return koaViews(root, { extension: 'njk', engineSource: { njk } })
}
