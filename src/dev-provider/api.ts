import type { Context, Middleware } from 'koa'
import type { Grant, Grants } from './grants.js'
import type { Mischief } from './mischief.js'
import { type Person, publicEmail } from './people.js'

interface Deps {
  grants: Grants
  mischief: Mischief
}

/** Where the pages of people and repositories would be, if there were any. */
const SITE = 'https://dev-provider.example'

/** GET /user: the person as everybody may see them. The e-mail is null if it is not public. */
export const showUser = ({ grants, mischief }: Deps): Middleware =>
  forBearer(grants, (ctx, { person, fault }) =>
    mischief.answer(ctx, fault?.userAnswer, () => answerJson(ctx, describeUser(person))),
  )

/** GET /user/emails: all addresses, with scope `user:email` only. */
export const listEmails = ({ grants, mischief }: Deps): Middleware =>
  forBearer(grants, (ctx, { person, scope, fault }) =>
    mischief.answer(ctx, fault?.emailsAnswer, () => {
      if (scope.includes('user:email')) return answerJson(ctx, JSON.stringify(person.emails))
      // As GitHub does: what the token may not see is not there.
      ctx.status = 404
      answerJson(ctx, JSON.stringify({ message: 'Not Found' }))
    }),
  )

/** GET /user/repos: private ones too, whatever the scope, so that a page can show them. */
export const listRepositories = ({ grants }: Pick<Deps, 'grants'>): Middleware =>
  forBearer(grants, (ctx, { person }) => answerJson(ctx, JSON.stringify(describeRepositories(person))))

/** Hands over what the bearer token of a request stands for, or answers 401. */
export function forBearer<Of = Grant>(
  grants: Pick<Grants<Of>, 'findByToken'>,
  answer: (ctx: Context, grant: Of) => void | Promise<void>,
): Middleware {
  return ctx => {
    const [, token] = /^(?:bearer|token) +(\S+)$/i.exec(ctx.get('authorization')) ?? []
    const grant = token === undefined ? undefined : grants.findByToken(token)
    if (grant) return answer(ctx, grant)
    ctx.status = 401
    ctx.set('WWW-Authenticate', 'Bearer')
    answerJson(ctx, JSON.stringify({ message: 'Bad credentials' }))
  }
}

function describeUser(person: Person): string {
  const { login, name, repositories } = person
  const rest = {
    login,
    name,
    email: publicEmail(person),
    avatar_url: null,
    html_url: `${SITE}/${login}`,
    type: 'User',
    site_admin: false,
    company: null,
    blog: '',
    location: null,
    bio: null,
    public_repos: repositories.filter(repository => !repository.private).length,
    followers: 0,
    following: 0,
    created_at: '2008-01-14T04:33:35Z',
    updated_at: '2024-01-22T12:00:00Z',
  }
  // By hand, because JSON.stringify refuses a bigint and would round a number.
  return `{"id":${person.id},${JSON.stringify(rest).slice(1)}`
}

const describeRepositories = ({ login, repositories }: Person) =>
  repositories.map(repository => ({
    ...repository,
    full_name: `${login}/${repository.name}`,
    html_url: `${SITE}/${login}/${repository.name}`,
  }))

export function answerJson(ctx: Context, json: string): void {
  ctx.type = 'application/json; charset=utf-8'
  ctx.body = json
}
