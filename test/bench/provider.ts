// The provider of the benchmark, in a process of its own. It checks nothing, so that the apps are what is measured.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { answerParent } from './contenders/answer-parent.js'

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://provider')
  const json = (body: object) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(body))
  }
  switch (url.pathname) {
    case '/authorize': {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', personIn(request.headers.cookie))
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      return response.writeHead(302, { Location: back.href }).end()
    }
    case '/token': {
      const code = new URLSearchParams(await text(request)).get('code')
      return json({ access_token: code, token_type: 'bearer', expires_in: 3600, scope: 'profile' })
    }
    case '/user':
      return json(profileOf(request.headers.authorization?.split(' ')[1] ?? '0'))
    default:
      return response.end('ready')
  }
})

/** Who is signed in here: the browser says it, as `person=17`. */
const personIn = (cookie = '') => /person=(\d+)/.exec(cookie)?.[1] ?? '1'

const profileOf = (person: string) => ({
  id: `person-${person}`,
  login: `ada${person}`,
  name: `Ada the ${person}th`,
  email: `ada${person}@example.org`,
  email_verified: true,
  picture: `https://example.org/pictures/${person}.png`,
})

server.listen(Number(process.env.PORT), '127.0.0.1')
answerParent()
