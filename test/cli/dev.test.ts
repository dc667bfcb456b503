import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { DevLoop } from '../support/dev-loop.js'

const HANDLER = 'src/web/handlers/health.ts'
const STARTED = /Ctrl-C stops/
const COMPILING = 'Compiling ...'

/** One day at work, in order: each test goes on where the one before ended. */
describe('npm run dev', () => {
  let dev: DevLoop
  before(async () => {
    dev = await DevLoop.create()
  })
  after(() => dev.remove())

  test('W12 npm run dev shows the words of the compiler in the browser where there is no app yet, escaped', async () => {
    dev.edit(HANDLER, "status: 'live' }", "status: broken<'<script>' & unknown>() }")
    dev.start()
    await dev.says(/health\.ts.*error TS2304/)
    await dev.says(/a page shows this/)
    const page = await dev.open('/any/page?x=<b>')
    assert.equal(page.status, 503)
    assert.equal(page.headers.refresh, '1')
    assert.match(page.text, /<h1>This does not compile yet<\/h1>/)
    assert.match(page.text, /src\/web\/handlers\/health\.ts.*error TS2304: Cannot find name &#39;broken&#39;/)
    assert.doesNotMatch(page.text, /<script|<b>/)
    const { code, stderr } = await dev.run('src/cli/vestibule.js', 'users', 'list')
    assert.deepEqual([code, stderr], [1, 'Vestibule is not built yet. Run: npm run build\n'])
  })

  test('W12 npm run dev starts the app as soon as it compiles, and the commands use the same build', async () => {
    dev.edit(HANDLER, "broken<'<script>' & unknown>()", "'mended'")
    await dev.says(STARTED)
    assert.deepEqual(JSON.parse((await dev.open('/health/live')).text), { status: 'mended' })
    assert.equal((await dev.run('src/cli/vestibule.js', 'users', 'list')).code, 0)
  })

  test('W12 npm run dev keeps the app as it was while the code does not compile', async () => {
    dev.edit(HANDLER, "status: 'mended' }", 'status: broken }')
    await dev.says(/error TS2304.*[\s\S]*The app continues to run the last build/)
    assert.deepEqual(JSON.parse((await dev.open('/health/live')).text), { status: 'mended' })
    assert.equal((await dev.run('src/cli/vestibule.js', 'users', 'list')).code, 0)
  })

  test('W12 an exception in a handler is printed with lines of src/*.ts, each on a line of its own', async () => {
    dev.edit(
      HANDLER,
      'status: broken })',
      "status: 'live' })\n\nconst fails = (): string => {\n  throw new TypeError('The handler failed')\n}",
    )
    dev.edit(HANDLER, "status: 'ready'", 'status: fails()')
    writeFileSync(dev.path('src/web/handlers/extra.ts'), 'export const extra = 1\n')
    await dev.says(STARTED)
    assert.equal((await dev.open('/health/ready')).status, 500)
    await dev.says(
      /ERROR.*GET \/health\/ready 500.*\n {4}TypeError: The handler failed\n {8}at fails \(\S+\/src\/web\/handlers\/health\.ts:\d+:9\)\n/,
    )
    assert.ok(existsSync(join(dev.build(), 'src/web/handlers/extra.js')))
  })

  test('W12 a file that was renamed is not in the next build under its old name, and the folder of an older build goes', async () => {
    const before = dev.build()
    mkdirSync(dev.path('src/web/handlers/new-folder'))
    renameSync(dev.path('src/web/handlers/extra.ts'), dev.path('src/web/handlers/new-folder/renamed.ts'))
    await dev.says(STARTED)
    assert.notEqual(dev.build(), before)
    assert.ok(existsSync(join(dev.build(), 'src/web/handlers/new-folder/renamed.js')))
    assert.ok(!existsSync(join(dev.build(), 'src/web/handlers/extra.js')))
    assert.ok(!existsSync(join(dev.build(), 'test')))
  })

  test('W12 a broken test, a changed mode and a command beside it compile nothing; a broken view is named, and the app lives on', async () => {
    const compiled = dev.count(COMPILING)
    mkdirSync(dev.path('test'))
    writeFileSync(dev.path('test/broken.test.ts'), 'const broken: string = 1\n')
    chmodSync(dev.path(HANDLER), 0o755)
    assert.equal((await dev.run('src/cli/vestibule.js', 'users', 'list')).code, 0)

    dev.edit('views/signed-out.njk', '<h1>', '{{ oops ! }}<h1>')
    await dev.says(/A view is broken.*views\/signed-out\.njk, line 10, column \d+: expected variable end/)
    await dev.says(STARTED)
    assert.equal((await dev.open('/signed-out')).status, 500)
    assert.equal((await dev.open('/login')).status, 200)
    assert.equal(dev.count(COMPILING), compiled)
  })

  test('W12 npm run dev waits for a change of env where a setting stops the start, and says so in the browser', async () => {
    dev.edit('env/local/.env', 'PROVIDERS=dev', 'SESSION_IDLE=soon\nPROVIDERS=dev')
    await dev.says(/SESSION_IDLE[\s\S]*The app ended \(78\)/)
    await dev.says(/a page shows this/)
    const page = await dev.open('/')
    assert.equal(page.status, 503)
    assert.match(page.text, /The app ended[\s\S]*SESSION_IDLE/)
    dev.edit('views/signed-out.njk', '{{ oops ! }}', '')
    await dev.says(/The app ended \(78\)/)
    dev.edit('env/local/.env', 'SESSION_IDLE=soon\n', '')
    await dev.says(STARTED)
    assert.equal((await dev.open('/signed-out')).status, 200)
  })

  test('W12 npm run dev npm run build beside it leaves the app alone, and no command finds the build away', async () => {
    rmSync(dev.path('test'), { recursive: true })
    let isOver = false
    const building = dev.run('src/cli/build.js').finally(() => (isOver = true))
    const codes = new Set<number | null>()
    while (!isOver) codes.add((await dev.run('src/cli/vestibule.js', 'users', 'list')).code)
    assert.equal((await building).code, 0)
    codes.add((await dev.run('src/cli/vestibule.js', 'users', 'list')).code)
    assert.deepEqual([...codes], [0])
    assert.ok(!existsSync(dev.path('.dist-dev')), 'the newest build is in dist now')
    assert.equal((await dev.open('/signed-out')).status, 200)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`W12 npm run dev ${signal} ends the app and the compiler, and leaves no process`, async () => {
      if (signal === 'SIGINT') {
        dev.start()
        await dev.says(STARTED)
      }
      dev.edit(HANDLER, "status: 'live'", "status: 'live' ")
      await dev.says(/Compiling/)
      assert.ok(dev.processes().length > 0)
      assert.equal(await dev.end(signal), 0)
      assert.deepEqual(dev.processes(), [])
      assert.equal(await dev.isRefused(), true)
    })
  }
})
