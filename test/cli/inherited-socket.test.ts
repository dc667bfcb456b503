import assert from 'node:assert/strict'
import { once } from 'node:events'
import { linkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Agent } from 'undici'
import { randomToken } from '../../src/crypto/random.js'
import { HttpBrowser } from '../support/http-browser.js'
import { Installed } from '../support/installed.js'

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

const settings = () => ({
  DATABASE_URL: `sqlite:${join(installed.folder, `${randomToken()}.db`)}`,
  SECRET_KEYS: randomToken(),
  DEV_PROVIDER_URL: 'http://127.0.0.1:0',
})

/** What this process listens at, and its file descriptor. */
async function listen(where: string | { host: string }): Promise<{ server: Server; fd: number; port: number }> {
  const server = typeof where === 'string' ? createServer().listen(where) : createServer().listen(0, where.host)
  await once(server, 'listening')
  const { fd }: { fd: number } = Reflect.get(server, '_handle')
  const address = server.address()
  return { server, fd, port: typeof address === 'object' && address ? address.port : NaN }
}

/** Gives up this process's part of a socket, so that the other one gets all connections. */
async function close(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

describe('A socket that systemd hands over', { timeout: 60_000 }, () => {
  test('B-47 a socket that systemd hands over is listened on in place of LISTEN_HOST and PORT, and its port is that of PUBLIC_URL', async () => {
    const { server, fd, port } = await listen({ host: '127.0.0.1' })
    const serving = await installed.serve({ ...settings(), LISTEN_FDS: '1', PORT: '1' }, [fd])
    await close(server)
    assert.equal(serving.url, `http://localhost:${port}/`)
    assert.equal((await new HttpBrowser(serving.url).signIn('ada')).status, 200)
    serving.kill('SIGTERM')
    const { code, stderr } = await serving.ended
    assert.equal(code, 0)
    assert.match(stderr, /Warning: PORT is not used, because the app listens on the socket of LISTEN_FDS/)
  })

  test('B-47 a socket that systemd hands over is the first one of several, which is said', async () => {
    const [first, second] = [await listen({ host: '127.0.0.1' }), await listen({ host: '127.0.0.1' })]
    const serving = await installed.serve({ ...settings(), LISTEN_FDS: '2' }, [first.fd, second.fd])
    for (const { server } of [first, second]) await close(server)
    assert.equal(serving.url, `http://localhost:${first.port}/`)
    assert.equal((await new HttpBrowser(serving.url).open('/health/live')).status, 200)
    serving.kill('SIGTERM')
    assert.match((await serving.ended).stderr, /hands over 2 sockets; only the first is used/)
  })

  test('B-47 a socket that systemd hands over may be a socket file, which then needs PUBLIC_URL', async () => {
    const path = join(installed.folder, 'inherited.sock')
    const { server, fd } = await listen(path)
    await assert.rejects(
      installed.serve({ ...settings(), LISTEN_FDS: '1' }, [fd]),
      /ended with 78.*PUBLIC_URL is missing/s,
    )
    const PUBLIC_URL = 'http://localhost:9'
    const serving = await installed.serve({ ...settings(), LISTEN_FDS: '1', PUBLIC_URL }, [fd])
    // Closing it removes the file, which only its second name outlives.
    const alias = `${path}.alias`
    linkSync(path, alias)
    await close(server)
    const dispatcher = new Agent({ connect: { socketPath: alias } })
    assert.equal((await new HttpBrowser(PUBLIC_URL, dispatcher).open('/health/live')).status, 200)
    await dispatcher.close()
    serving.kill('SIGTERM')
    assert.equal((await serving.ended).code, 0)
  })

  test('B-47 a socket that systemd hands over of an address that others reach is refused with the development provider', async () => {
    const { server, fd } = await listen({ host: '0.0.0.0' })
    const start = installed.serve({ ...settings(), LISTEN_FDS: '1' }, [fd])
    await assert.rejects(
      start,
      /ended with 78.*LISTEN_FDS\s+hands over a socket at "0\.0\.0\.0", which is not a loopback address/s,
    )
    await close(server)
  })

  test('B-47 a socket that systemd hands over that is no socket is refused', async () => {
    const start = installed.serve({ ...settings(), LISTEN_FDS: '1' }, [2])
    await assert.rejects(start, /ended with 78.*hands over file descriptor 3, which is not a listening socket/s)
  })
})
