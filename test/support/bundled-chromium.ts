import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Program {
  path: string
  /** Added to the environment it is started in. */
  env: Record<string, string>
}

/** The Chromium that @sparticuz/chromium brings, unpacked once; undefined where it cannot run. */
export function bundledChromium(): Program | undefined {
  // The package holds a single binary.
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = unpacked()
  const path = join(folder, 'chromium')
  const env = { ...libraries(path, folder), ...fonts(folder) }
  return runs(path, env) ? { path, env } : undefined
}

/** True if the program starts at all: a stub or a program without its libraries does not. */
export function runs(path: string, env: Record<string, string> = {}): boolean {
  return spawnSync(path, ['--version'], { env: { ...process.env, ...env }, timeout: 30_000 }).status === 0
}

/**
 * The package itself unpacks to fixed names in the temporary folder and takes half a file for a whole one, while we
 * run several test files at once. So it unpacks into a folder of its own, which is then moved into place.
 */
function unpacked(): string {
  const entry = import.meta.resolve('@sparticuz/chromium')
  const home = fileURLToPath(new URL('../../', entry))
  const cache = join(dirname(dirname(home)), '.cache', 'vestibule')
  const folder = join(cache, `chromium-${version(home)}`)
  if (existsSync(folder)) return folder

  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'unpacking-'))
  const script = 'const { default: chromium } = await import(process.argv[1]); await chromium.executablePath()'
  // Named after this environment, it unpacks the libraries as well that a bare system lacks.
  const env = { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' }
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', script, entry], { env, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`@sparticuz/chromium could not be unpacked: ${done.stderr}`)
  try {
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true })
    // Another test file was faster.
    if (!existsSync(folder)) throw error
  }
  return folder
}

function version(home: string): string {
  const manifest: { version?: string } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  return manifest.version ?? 'unknown'
}

function libraries(path: string, folder: string): Record<string, string> {
  return runs(path) ? {} : { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') }
}

/** Without a single font, a page has no text. */
function fonts(folder: string): Record<string, string> {
  if (existsSync('/etc/fonts/fonts.conf') && hasFiles('/usr/share/fonts')) return {}
  const file = join(folder, 'fonts.conf')
  const own = `<dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir>`
  writeFileSync(file, `<?xml version="1.0"?><fontconfig>${own}</fontconfig>`)
  return { FONTCONFIG_FILE: file }
}

const hasFiles = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0
