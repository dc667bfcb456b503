import type { Cookies } from '../cookies.js'
import { type Hsts, headerPairs } from '../middleware/security-headers.js'

interface Options {
  cookies: Cookies
  hsts: Hsts
  css: string
  /** The path of the home page. */
  home: string
}

/**
 * The response to a request whose headers are too large for Node's parser, as bytes for the socket: there is no request
 * that a page could be rendered for. The cookies are not known, so every cookie of ours that may be long is cleared. The
 * session stays.
 */
export function headersTooLargeResponse({ cookies, hsts, css, home }: Options): string {
  const body = html(css, home)
  const headers = [
    'Connection: close',
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headerPairs(hsts).map(pair => pair.join(': ')),
    ...cookies.clearingLines.map(line => `Set-Cookie: ${line}`),
  ]
  return ['HTTP/1.1 431 Request Header Fields Too Large', ...headers, '', body].join('\r\n')
}

const html = (css: string, home: string) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Your browser sent too much · Vestibule</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <link rel="stylesheet" href="${css}">
</head>
<body class="layout-app">
  <main id="main">
    <article class="narrow">
      <h1>Your browser sent too much</h1>
      <p class="lead">Its cookies for this site and the address of the page together are larger than this app accepts. The cookies of sign-ins that were not finished have been removed: load this page again.</p>
      <p>If that does not help, the address is too long, or other apps on this host have left too many cookies. Then open the home page, or delete the cookies of this site in the settings of your browser. Nothing was changed.</p>
      <p class="buttons"><a class="button main" href="${home}">Go to the home page</a></p>
      <p class="trace"><code>too_large</code></p>
    </article>
  </main>
</body>
</html>
`
