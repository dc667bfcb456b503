// What a browser gets from `npm run dev` while the app does not run: a page with the output of the compiler, or of the app that ended.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { stripVTControlCharacters } from 'node:util'
import { ROOT } from './compile.js'

const MAX_CHARS = 20_000
const LOOPBACK = ['127.0.0.1', 'localhost', '::1']
const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  // The page reloads, so that the app appears as soon as it runs.
  Refresh: '1',
  Connection: 'close',
}

/**
 * Serves the page on the port of the app, on this machine only.
 * @returns its URL and how to close it; undefined where the app would listen elsewhere, or where the port is taken
 */
export async function serveErrorPage(heading, output) {
  const { host, port } = readAddress()
  if (!LOOPBACK.includes(host)) return undefined
  const page = render(heading, output)
  const server = createServer((_request, response) => response.writeHead(503, HEADERS).end(page))
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch {
    return undefined
  }
  const close = () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }
  return { url: `http://localhost:${server.address().port}/`, close }
}

/**
 * The code that reads the settings may not compile, so these two are read here, in the same order and without its
 * checks. At worst the page is at another port, which the terminal shows.
 */
function readAddress() {
  const files = ['.env.secret', '.env'].map(name => read(`${ROOT}env/${process.env.ENVIRONMENT || 'local'}/${name}`))
  const find = name => process.env[name] ?? files.map(text => valueIn(text, name)).find(value => value !== undefined)
  return { host: find('LISTEN_HOST') || '127.0.0.1', port: Number(find('PORT') || 3000) }
}

const valueIn = (text, name) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*["']?([\\w.:]*)`, 'm').exec(text)?.[1]

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const render = (heading, output) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(heading)}</title>
<style>
  body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
  pre { padding: 1rem; overflow: auto; border: 1px solid; border-radius: 0.5rem; font-size: 0.875rem }
</style>
<h1>${escaped(heading)}</h1>
<pre>${escaped(plainText(output))}</pre>
<p>This page reloads by itself. The app appears as soon as it runs.</p>
</html>
`

const plainText = output =>
  stripVTControlCharacters(output)
    .trim()
    .slice(0, MAX_CHARS)
    .replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, ' ')

const escaped = text => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
