import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { HttpBrowser } from '../support/http-browser.js'
import { blocksOf, edited, ROOT, section } from './pages.js'

const PARTS = ['src', 'views', 'migrations', 'env/local/.env', 'test', 'package.json', 'tsconfig.json', 'biome.json']
const FREE_PORTS = { PORT: '0', DEV_PROVIDER_URL: 'http://127.0.0.1:0' }

const folder = mkdtempSync(join(tmpdir(), 'vestibule-page-'))
const blocks = ['Add a page', "Call the provider's API", 'Act on sign-ins'].flatMap(heading =>
  blocksOf(section('build', heading)),
)
let child: ChildProcess | undefined
let origin: string

before(async () => {
  for (const part of [...PARTS, '.gitignore']) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(folder, 'node_modules'))
  for (const block of blocks) {
    const path = join(folder, block.path)
    const text = block.language === 'diff' ? edited(readFileSync(path, 'utf8'), block) : `${block.text}\n`
    writeFileSync(path, text, { flag: block.language === 'diff' ? 'w' : 'wx' })
  }
  run(['src/cli/build.js'])
  origin = await start()
})

after(async () => {
  if (child && child.exitCode === null) {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  rmSync(folder, { recursive: true, force: true })
})

test('the page that build.md adds greets a signed-in person with its text', async () => {
  const page = await new HttpBrowser(origin).signIn('ada', '/notes')
  assert.equal(page.url, `${origin}/notes`)
  assert.equal(page.status, 200, page.text)
  assert.match(page.text, /<h1>Notes of Ada Lovelace<\/h1>/)
  assert.match(page.text, /<li>Water the plants<\/li>/)
})

test('the page that build.md adds leads to the sign-in where nobody is signed in', async () => {
  const { status, location = '' } = await new HttpBrowser(origin).open('/notes')
  assert.equal(status, 303)
  assert.equal(new URL(location).pathname, '/login/oauth/authorize')
})

test('the API that build.md adds lists the repositories of the signed-in person, with their token', async () => {
  const { status, text } = await new HttpBrowser(origin).signIn('ada', '/repositories')
  assert.equal(status, 200, text)
  const { repositories } = JSON.parse(text)
  assert.ok(repositories.length > 0 && repositories.every((name: unknown) => typeof name === 'string'), text)
})

test('the API that build.md adds leads a person without that connection to their account', async () => {
  const visitor = new HttpBrowser(origin)
  await visitor.signIn('grace', '/login/dev-oidc')
  assert.equal((await visitor.open('/repositories')).location, `${origin}/account`)
})

test('the listener that build.md adds refuses a person without a verified address, and nobody else', async () => {
  const visitor = new HttpBrowser(origin)
  const page = await visitor.signIn('turing', '/notes')
  assert.equal(page.status, 403)
  assert.match(page.text, /Please have your e-mail address verified first\./)
  assert.equal(visitor.sessionCookie, undefined)
  assert.equal((await visitor.signIn('bobby', '/notes')).status, 200)
})

test('the code of build.md passes the checks that all code has to pass', () => {
  run(['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...blocks.map(({ path }) => path)])
  run(['--test', '--test-reporter=spec', 'dist/test/views.test.js'], /notes\.njk renders/)
})

function run(args: readonly string[], message = /^/): void {
  const options = { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH } } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options)
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, message)
}

/** Starts the copy as `npm start` does; the answer is its origin. */
function start(): Promise<string> {
  const env = { PATH: process.env.PATH, ...FREE_PORTS }
  const app = spawn(process.execPath, ['dist/src/main.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  child = app
  return new Promise((resolve, reject) => {
    let message = ''
    app.stdout.setEncoding('utf8').on('data', chunk => {
      message += chunk
      const url = /Vestibule\s+(http\S+)\n/.exec(message)?.[1]
      if (url) resolve(new URL(url).origin)
    })
    app.once('exit', () => reject(new Error(`The copy did not start: ${message}`)))
  })
}
