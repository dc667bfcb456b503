import { readdirSync } from 'node:fs'
import { relative } from 'node:path'
import koaViews from 'koa-views'
import nunjucks from 'nunjucks'
import type { Context } from './context.js'

export type Render = (this: Context, view: string, locals: object) => Promise<void>

/**
 * koa-views over one nunjucks environment, for `app.context.render`. Its own engine would compile each template again on
 * every request, and would hand `ctx.state` to nunjucks as options. It also looks for the file on disk each time, which
 * takes longer than to render it: here it finds each view once, as Express does with its view cache.
 */
export function createRender(root: string): Render {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(root), {
    autoescape: true,
    throwOnUndefined: true,
  })
  // Compiled now, so that a broken template stops the start and the first visitor waits no longer than the second.
  for (const file of readdirSync(root)) if (file.endsWith('.njk')) environment.getTemplate(file, true)

  const njk = async (path: string) => environment.getTemplate(relative(root, path))
  const find = (koaViews(root, { extension: 'njk', autoRender: false, engineSource: { njk } }) as () => FindView)()
  const found = new Map<string, nunjucks.Template>()

  return async function render(view, locals) {
    const template = found.get(view) ?? (await find.call({}, view))
    found.set(view, template)
    this.type = 'html'
    this.body = template.render(locals)
  }
}

/**
 * What koa-views does where it renders nothing itself: it hands on what the engine made of the file. Not called on a
 * context, because it confuses those of two requests that come while it looks.
 */
type FindView = (this: object, view: string) => Promise<nunjucks.Template>
