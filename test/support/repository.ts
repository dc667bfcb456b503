import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SourceFile } from './source-text.js'

// Seen from dist/test/support/.
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Every file of a folder of the repository, as its path from the top. */
export const filesIn = (folder: string): string[] =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map(
    name => `${folder}/${name.replaceAll('\\', '/')}`,
  )

/** Every TypeScript and JavaScript file of a folder of the repository. */
export function sourcesOf(folder: string): SourceFile[] {
  if (!existsSync(root + folder)) return []
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.[cm]?[jt]s$/.test(name))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
    .map(path => ({ path, text: readFileSync(root + path, 'utf8') }))
}

/** What stands at the top of the repository and is not ignored. */
export function topLevel(): string[] {
  const git = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const paths = git.status === 0 ? git.stdout.split('\n').filter(Boolean) : readdirSync(root).filter(isListed)
  return [...new Set(paths.map(path => path.replace(/\/.*/, '')))]
}

export function readManifest(): {
  version?: string
  dependencies?: Record<string, string>
  engines?: { node: string }
} {
  return JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
}

/** Without git (a tarball, an image), by the plain names in .gitignore. */
function isListed(name: string): boolean {
  const ignored = readFileSync(`${root}.gitignore`, 'utf8').split('\n')
  return ![name, `/${name}`, `${name}/`, `/${name}/`, `*${name.slice(name.lastIndexOf('.'))}`].some(spelling =>
    ignored.includes(spelling),
  )
}
