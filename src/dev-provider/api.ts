import type { Context, Middleware } from 'koa'
import type { FaultInjector, FaultResponse } from './fault-injection.js'
import { type Grant, type Grants, keep } from './grants.js'
import { publicEmail, type User } from './users.js'

/** Whose tokens an API takes, and how it goes wrong. */
export interface Api<Of> {
  grants: Pick<Grants<Of>, 'findByToken'>
  faultInjector: FaultInjector
}

/** Where the pages of users and repositories would be, if there were any. */
const SITE = 'https://dev-provider.example'

/** GET /user: the public profile of the user. The e-mail is null if it is not public. */
export const showUser = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, { user, fault }) =>
    api.faultInjector.inject(ctx, fault?.userResponse, () => sendJson(ctx, describeUser(user))),
  )

/** GET /user/emails: all addresses, with scope `user:email` only. */
export const listEmails = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, { user, scope, fault }) =>
    api.faultInjector.inject(ctx, fault?.emailsResponse, () => {
      if (scope.includes('user:email')) return sendJson(ctx, JSON.stringify(user.emails))
      // As GitHub does: what the token may not see is not there.
      ctx.status = 404
      sendJson(ctx, JSON.stringify({ message: 'Not Found' }))
    }),
  )

/** GET /user/repos: private ones too, whatever the scope, so that a page can show them. */
export const listRepositories = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, { user }) => sendJson(ctx, JSON.stringify(describeRepositories(user))))

/** GET /user/orgs: a page of the organisations, with scope `read:org` only. */
export const listOrganisations = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, grant) => sendMembers(ctx, grant, describeOrganisations(grant.user)))

/** GET /user/teams: a page of the teams of all organisations, with scope `read:org` only. */
export const listTeams = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, grant) => sendMembers(ctx, grant, describeTeams(grant.user)))

/** What goes wrong with a token once it has been taken. */
type Fateful = { fault: { laterResponse?: FaultResponse } | undefined }

/**
 * Hands over what the bearer token of a request stands for, or answers 401. A token that is to go wrong later does so
 * from the second time that it comes this way: a sign-in asks for everything once.
 */
export function forBearer<Of extends Fateful = Grant>(
  { grants, faultInjector }: Api<Of>,
  answer: (ctx: Context, grant: Of) => void | Promise<void>,
): Middleware {
  const seen = new Map<string, true>()
  return ctx => {
    const [, token = ''] = /^(?:bearer|token) +(\S+)$/i.exec(ctx.get('authorization')) ?? []
    const grant = grants.findByToken(token)
    if (!grant) return refuseToken(ctx)
    const later = seen.has(token) ? grant.fault?.laterResponse : undefined
    keep(seen, token, true)
    return later ? faultInjector.inject(ctx, later, () => {}) : answer(ctx, grant)
  }
}

function refuseToken(ctx: Context): void {
  ctx.status = 401
  ctx.set('WWW-Authenticate', 'Bearer')
  sendJson(ctx, JSON.stringify({ message: 'Bad credentials' }))
}

/** By pages of 30 at first, of 100 at most, as at GitHub: who asks for the next one must come to an end. */
function sendMembers(ctx: Context, { scope }: Grant, all: readonly object[]): void {
  if (!scope.includes('read:org')) {
    ctx.status = 403
    return sendJson(ctx, JSON.stringify({ message: 'You need at least read:org scope to list this.' }))
  }
  const query = new URLSearchParams(ctx.querystring)
  const size = Math.min(Number(query.get('per_page')) || 30, 100)
  const start = (Math.max(Number(query.get('page')) || 1, 1) - 1) * size
  sendJson(ctx, JSON.stringify(all.slice(start, start + size)))
}

function describeUser(user: User): string {
  const { login, name, repositories } = user
  const rest = {
    login,
    name,
    email: publicEmail(user),
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
  return `{"id":${user.id},${JSON.stringify(rest).slice(1)}`
}

const describeRepositories = ({ login, repositories }: User) =>
  repositories.map(repository => ({
    ...repository,
    full_name: `${login}/${repository.name}`,
    html_url: `${SITE}/${login}/${repository.name}`,
  }))

const describeOrganisations = ({ memberships }: User) =>
  memberships.map(({ organisation }) => ({ login: organisation, description: null, avatar_url: null }))

const describeTeams = ({ memberships }: User) =>
  memberships.flatMap(({ organisation, teams }) =>
    teams.map(slug => ({
      ...{ name: slug, slug, description: null, privacy: 'closed', permission: 'pull' },
      html_url: `${SITE}/orgs/${organisation}/teams/${slug}`,
      organization: { login: organisation },
    })),
  )

export function sendJson(ctx: Context, json: string): void {
  ctx.type = 'application/json; charset=utf-8'
  ctx.body = json
}
