import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { Agent, request } from 'undici'
import { ConfigError } from '../src/config/errors.js'
import { type HttpServer, listen } from '../src/http-server.js'

let folder: string
const httpServers: HttpServer[] = []
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-socket-'))
})
afterEach(async () => {
  for (const httpServer of httpServers.splice(0)) await httpServer.close()
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function open(path: string): Promise<HttpServer> {
  const httpServer = await listen({ path })
  httpServers.push(httpServer)
  httpServer.handle((_, response) => void response.end('hello'))
  return httpServer
}

async function ask(socketPath: string): Promise<string> {
  const dispatcher = new Agent({ connect: { socketPath } })
  try {
    return await (await request('http://localhost/', { dispatcher })).body.text()
  } finally {
    await dispatcher.close()
  }
}

const refuses = (path: string, pattern: RegExp) =>
  assert.rejects(open(path), error => {
    assert.ok(error instanceof ConfigError)
    assert.match(error.message, /\(LISTEN_HOST\)/)
    assert.match(error.message, pattern)
    assert.ok(error.message.includes(path))
    return true
  })

const exists = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined

test('B-47 a socket file answers requests, may be written to by its group and no other, and goes when the server stops', async () => {
  const path = join(folder, 'http.sock')
  const umask = process.umask(0)
  const httpServer = await open(path)
  assert.equal(process.umask(umask), 0)
  assert.deepEqual([httpServer.host, httpServer.port], [undefined, undefined])
  assert.equal(lstatSync(path).mode & 0o777, 0o660)
  assert.equal(await ask(path), 'hello')
  await httpServer.close()
  assert.equal(exists(path), false)
})

test('B-47 a socket file that a killed process left behind is replaced', async () => {
  const path = join(folder, 'stale.sock')
  const listenAndDie =
    "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))"
  spawnSync(process.execPath, ['-e', listenAndDie, path])
  assert.ok(lstatSync(path).isSocket())
  await open(path)
  assert.equal(await ask(path), 'hello')
})

test('B-47 a socket file that another process listens at is refused and left alone', async () => {
  const path = join(folder, 'used.sock')
  await open(path)
  await refuses(path, /is in use: another process listens there/)
  assert.equal(await ask(path), 'hello')
})

test('B-47 a socket file takes the place of no other kind of file', async () => {
  const [file, link, subfolder] = [join(folder, 'file'), join(folder, 'link'), join(folder, 'subfolder')]
  writeFileSync(file, 'precious')
  symlinkSync(join(folder, 'target.sock'), link)
  mkdirSync(subfolder)
  for (const path of [file, link, subfolder]) await refuses(path, /exists already and is not a socket/)
  assert.equal(readFileSync(file, 'utf8'), 'precious')
  assert.ok(exists(link) && exists(subfolder))
})

test('B-47 a socket file is refused in a folder that is missing, or that is a file', async () => {
  writeFileSync(join(folder, 'plain'), '')
  await refuses(join(folder, 'missing', 'a.sock'), /is in \S+missing, which is not a folder; create it first/)
  await refuses(join(folder, 'plain', 'a.sock'), /is in \S+plain, which is not a folder; create it first/)
})

test('B-47 a socket file is refused in a folder where every user may replace it, unless only owners may', async () => {
  const writable = join(folder, 'open')
  mkdirSync(writable)
  chmodSync(writable, 0o777)
  await refuses(join(writable, 'a.sock'), /where every user may replace it/)
  chmodSync(writable, 0o1777)
  await open(join(writable, 'a.sock'))
  chmodSync(writable, 0o770)
  await open(join(writable, 'b.sock'))
})

test('B-47 a file descriptor that is no listening socket is refused', async () => {
  await assert.rejects(
    listen({ fd: 987_654 }),
    /LISTEN_FDS\s+hands over file descriptor 987654, which is not a listening socket/,
  )
})
