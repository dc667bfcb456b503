// A real nginx with its defaults in front of the app, where the machine has one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** What the run says at its end on a machine without nginx. */
export const WITHOUT_NGINX =
  'Not run: the tests behind a real nginx (test/browser/proxied-tabs), because nginx is not installed here.'

/** Debian's is where only root looks for programs. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']

/** @throws Error where there is none and REQUIRE_PROXIES=1 says that there has to be one */
export function findNginx(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...FOLDERS]
  const path = folders.map(folder => join(folder, 'nginx')).find(isProgram)
  if (path === undefined && process.env.REQUIRE_PROXIES === '1') {
    throw new Error(
      'REQUIRE_PROXIES=1 asks for a real nginx, and there is none: install nginx, or leave the variable out',
    )
  }
  return path
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface Nginx {
  stop(): Promise<void>
}

/**
 * @param program see `findNginx`
 * @param port where it listens
 * @param target where the app listens
 */
export async function startNginx(program: string, port: number, target: number): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-nginx-'))
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, target))
  const log = join(folder, 'error.log')
  const child = spawn(program, ['-e', log, '-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const clearUp = () => rmSync(folder, { recursive: true, force: true })
  while (!(await isListening(port))) {
    if (child.exitCode === null) continue
    const message = readFileSync(log, 'utf8')
    clearUp()
    throw new Error(`nginx did not start: ${message}`)
  }
  return {
    async stop() {
      child.kill('SIGTERM')
      await exited
      clearUp()
    },
  }
}

/** Nothing of the limits of a request or a response is set. One process, under the user that runs the tests. */
const configuration = (folder: string, port: number, target: number): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${target};
      proxy_set_header Host $http_host;
    }
  }
}
`

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const response = (is: boolean) => () => {
      socket.destroy()
      setTimeout(resolve, 20, is)
    }
    socket.once('connect', response(true)).once('error', response(false))
  })
}
