// The app that people would otherwise write: express, passport and express-session on SQLite, as their manuals say, with
// state and PKCE. It keeps no log, sets no security headers, seals no token and has no CSRF protection.
import Database from 'better-sqlite3'
import createSqliteStore from 'better-sqlite3-session-store'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OAuth2Strategy from 'passport-oauth2'
import { createHomePage } from './home-page.js'
import { serveParent } from './serve-parent.js'

const DAY = 86_400_000
const { PORT, PROVIDER = '', DATABASE = '', SECRET = '' } = process.env

interface UserRow {
  id: number
  name: string
  login: string
  email: string
  picture: string
  signed_in_at: number
}

const db = new Database(DATABASE)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = NORMAL')
db.exec(`create table if not exists users (id integer primary key, subject text unique not null, name text, login text,
  email text, picture text, access_token text, signed_in_at integer)`)
const findUser = db.prepare<[number], UserRow>('select * from users where id = ?')
const saveUser = db.prepare<[Record<string, unknown>], UserRow>(`
  insert into users (subject, name, login, email, picture, access_token, signed_in_at)
  values (@id, @name, @login, @email, @picture, @accessToken, @now)
  on conflict (subject) do update set name = @name, login = @login, email = @email, picture = @picture,
    access_token = @accessToken, signed_in_at = @now
  returning *`)

class AcmeStrategy extends OAuth2Strategy {
  override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void {
    this._oauth2.useAuthorizationHeaderforGET(true)
    this._oauth2.get(`${PROVIDER}/user`, accessToken, (error, body) =>
      error ? done(error) : done(null, JSON.parse(String(body))),
    )
  }
}

passport.use(
  new AcmeStrategy(
    {
      authorizationURL: `${PROVIDER}/authorize`,
      tokenURL: `${PROVIDER}/token`,
      clientID: 'bench',
      clientSecret: 'bench-secret',
      callbackURL: `http://127.0.0.1:${PORT}/oauth/acme/callback`,
      state: true,
      pkce: true,
    },
    (accessToken: string, _refreshToken: string, profile: object, done: OAuth2Strategy.VerifyCallback) => {
      done(null, saveUser.get({ ...profile, accessToken, now: Date.now() }))
    },
  ),
)
passport.serializeUser((user, done) => done(null, (user as UserRow).id))
passport.deserializeUser((id: number, done) => done(null, findUser.get(id) ?? false))

const SqliteStore = createSqliteStore(session)
const signIn: express.RequestHandler = passport.authenticate('oauth2')
const page = createHomePage()

express()
  .use(
    session({
      secret: SECRET,
      store: new SqliteStore({ client: db }),
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', maxAge: 30 * DAY },
    }),
  )
  .use(passport.session())
  .get('/', (request, response, next) => {
    if (!request.isAuthenticated()) return void signIn(request, response, next)
    const user = request.user as UserRow
    response.send(page({ ...user, emailVerified: true }, user.signed_in_at))
  })
  .get('/oauth/acme/callback', signIn, (_request, response) => response.redirect('/'))
  .listen(Number(PORT), '127.0.0.1')
serveParent()
