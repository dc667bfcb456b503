// Bare Koa: one middleware around the same compiled template. With a cookie the page, without one the redirect.
import Koa from 'koa'
import { createHomePage } from './home-page.js'
import { serveParent } from './serve-parent.js'

const ada = {
  name: 'Ada the 1th',
  login: 'ada1',
  email: 'ada1@example.org',
  emailVerified: true,
  picture: 'https://example.org/pictures/1.png',
}
const page = createHomePage()
const started = Date.now()

new Koa()
  .use(ctx => {
    if (ctx.headers.cookie) {
      ctx.type = 'html'
      ctx.body = page(ada, started)
    } else {
      ctx.redirect('https://example.org/authorize')
    }
  })
  .listen(Number(process.env.PORT), '127.0.0.1')
serveParent()
