import { promises as files } from 'node:fs'
import type { Middleware } from 'koa'

const TYPES = { 'vestibule.css': 'text/css; charset=utf-8', 'icon.svg': 'image/svg+xml' }

/** A file of `<viewsDir>/assets`, read anew each time so that an edit shows. */
export function serveAsset(viewsDir: string, name: keyof typeof TYPES): Middleware {
  return async ctx => {
    const content = await files.readFile(`${viewsDir}/assets/${name}`)
    ctx.set('Cache-Control', 'max-age=60')
    ctx.set('Content-Type', TYPES[name])
    ctx.body = content
  }
}
