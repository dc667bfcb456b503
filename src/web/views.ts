import { readdirSync } from 'node:fs'
import { relative } from 'node:path'
import koaViews from 'koa-views'
import nunjucks from 'nunjucks'
import type { Context } from './context.js'

export type Render = (this: Context, view: string, locals: object) => Promise<void>

/**
 * koa-views with one nunjucks environment, for `app.context.render`. Its own engine would compile each template again on
 * every request, and would pass `ctx.state` to nunjucks as options. It also looks for the file on disk each time, which
 * takes longer than the rendering: here it finds each view once, as Express does with its view cache.
 */
export function createRender(root: string, onBrokenView?: (error: Error) => void): Render {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(root), {
    autoescape: true,
    throwOnUndefined: true,
  })
  compileAll(environment, root, onBrokenView)

  const njk = async (path: string) => environment.getTemplate(relative(root, path))
  const findView = (koaViews(root, { extension: 'njk', autoRender: false, engineSource: { njk } }) as () => FindView)()
  const templates = new Map<string, nunjucks.Template>()

  return async function render(view, locals) {
    try {
      const template = templates.get(view) ?? (await findView.call({}, view))
      templates.set(view, template)
      this.body = await renderTemplate(template, locals)
      this.type = 'html'
    } catch (error) {
      throw withViewLocation(error, root)
    }
  }
}

/**
 * At the start, so that a broken view stops it, and the first visitor does not wait longer than the second. With
 * `onBrokenView` (in local) the app starts all the same, and the pages that use the view say what is wrong with it.
 */
function compileAll(environment: nunjucks.Environment, root: string, onBrokenView?: (error: Error) => void): void {
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.njk')) continue
    try {
      environment.getTemplate(file, true)
    } catch (error) {
      if (!onBrokenView) throw withViewLocation(error, root)
      onBrokenView(withViewLocation(error, root))
    }
  }
}

/** With a callback: without it, a mistake in an included view is thrown where nothing can catch it, and ends the process. */
const renderTemplate = (template: nunjucks.Template, locals: object): Promise<string> =>
  new Promise((resolve, reject) => {
    template.render(locals, (error, html) => (error ? reject(error) : resolve(html ?? '')))
  })

/** `(/srv/views/partials/x.njk) [Line 3, Column 7]`, the last of these in a message of nunjucks. */
const LOCATION = /^[\s\S]*\((.+?)\)(?: \[Line (\d+), Column (\d+)\])?\s+(?:Template render error: |Error: )?/

/** The mistake in a view, with the file as the first stack frame. Any other error stays as it is. */
function withViewLocation(error: unknown, root: string): Error {
  if (!(error instanceof Error)) return new Error('A view threw something that is not an Error', { cause: error })
  const [found = '', path, line = '1', column = '1'] = LOCATION.exec(error.message) ?? []
  if (path === undefined || error.name !== TEMPLATE_ERROR) return error
  const view = `views/${relative(root, path)}`
  const message = `${view}, line ${line}, column ${column}: ${error.message.slice(found.length)}`
  return Object.assign(new Error(message), { stack: `Error: ${message}\n    at ${path}:${line}:${column}` })
}

const TEMPLATE_ERROR = 'Template render error'

/**
 * With `autoRender: false` koa-views returns what the engine made of the file. It is not called on a context, because it
 * confuses the contexts of two requests that come while it looks for the file.
 */
type FindView = (this: object, view: string) => Promise<nunjucks.Template>
