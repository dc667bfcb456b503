import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../crypto/digest.js'
import type { Middleware } from '../context.js'

const YEAR_SECONDS = 365 * 24 * 60 * 60

export interface Assets {
  css: string
  icon: string
  middleware: Middleware
}

/** The stylesheet and the icon, each under a name that changes with its content, so that browsers may cache it for ever. */
export function createAssets(viewsRoot: string, basePath: string): Assets {
  const css = readAsset(viewsRoot, basePath, 'vestibule', 'css')
  const icon = readAsset(viewsRoot, basePath, 'icon', 'svg')
  const filesByPath = new Map([css, icon].map(file => [file.path, file]))

  return {
    css: css.path,
    icon: icon.path,
    middleware(ctx, next) {
      const file = filesByPath.get(ctx.path)
      if (!file || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next()
      ctx.type = file.type
      ctx.set('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`)
      ctx.remove('Vary')
      ctx.body = file.content
      return undefined
    },
  }
}

function readAsset(viewsRoot: string, basePath: string, name: string, type: string) {
  const content = readFileSync(join(viewsRoot, 'assets', `${name}.${type}`), 'utf8')
  return { path: `${basePath}/assets/${name}.${sha256(content).slice(0, 12)}.${type}`, type, content }
}
