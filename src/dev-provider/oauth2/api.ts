import type { Context, Middleware } from 'koa'
import type { FaultInjector, FaultResponse } from '../fault-injection.js'
import { type Grant, type Grants, saveAndEvictOldest } from '../grants.js'
import { sendJson } from '../responses.js'
import { publicEmail, type TestUser } from '../users.js'

/** The grants whose tokens an API accepts, and its faults. */
export interface Api<Of> {
  grants: Pick<Grants<Of>, 'findByToken'>
  faultInjector: FaultInjector
}

/** Where the pages of users and repositories would be, if there were any. */
const SITE_URL = 'https://dev-provider.example'

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
      // As GitHub does: what the token has no access to does not exist.
      ctx.status = 404
      sendJson(ctx, JSON.stringify({ message: 'Not Found' }))
    }),
  )

/** GET /user/repos: private ones too, with any scope, so that a page can show them. */
export const listRepositories = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, { user }) => sendJson(ctx, JSON.stringify(describeRepositories(user))))

/** GET /user/orgs: a page of the organisations, with scope `read:org` only. */
export const listOrganisations = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, grant) => sendMembers(ctx, grant, describeOrganisations(grant.user)))

/** GET /user/teams: a page of the teams of all organisations, with scope `read:org` only. */
export const listTeams = (api: Api<Grant>): Middleware =>
  forBearer(api, (ctx, grant) => sendMembers(ctx, grant, describeTeams(grant.user)))

/** The fault of a grant after its token was accepted once. */
type HasFault = { fault: { laterResponse?: FaultResponse } | undefined }

/**
 * Passes the grant of a request's bearer token to `handle`, or responds with 401. A later fault of the grant starts
 * with the second request here: a sign-in sends each request once.
 */
export function forBearer<Of extends HasFault = Grant>(
  { grants, faultInjector }: Api<Of>,
  handle: (ctx: Context, grant: Of) => void | Promise<void>,
): Middleware {
  const seen = new Map<string, true>()
  return ctx => {
    const [, token = ''] = /^(?:bearer|token) +(\S+)$/i.exec(ctx.get('authorization')) ?? []
    const grant = grants.findByToken(token)
    if (!grant) return rejectToken(ctx)
    const later = seen.has(token) ? grant.fault?.laterResponse : undefined
    saveAndEvictOldest(seen, token, true)
    return later ? faultInjector.inject(ctx, later, () => {}) : handle(ctx, grant)
  }
}

function rejectToken(ctx: Context): void {
  ctx.status = 401
  ctx.set('WWW-Authenticate', 'Bearer')
  sendJson(ctx, JSON.stringify({ message: 'Bad credentials' }))
}

/** In pages of 30 by default and 100 at most, as at GitHub; an empty page ends the list. */
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

function describeUser(user: TestUser): string {
  const { login, name, repositories } = user
  const rest = {
    login,
    name,
    email: publicEmail(user),
    avatar_url: null,
    html_url: `${SITE_URL}/${login}`,
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
  // Written by hand, because JSON.stringify throws on a bigint and would round a number.
  return `{"id":${user.id},${JSON.stringify(rest).slice(1)}`
}

const describeRepositories = ({ login, repositories }: TestUser) =>
  repositories.map(repository => ({
    ...repository,
    full_name: `${login}/${repository.name}`,
    html_url: `${SITE_URL}/${login}/${repository.name}`,
  }))

const describeOrganisations = ({ memberships }: TestUser) =>
  memberships.map(({ organisation }) => ({ login: organisation, description: null, avatar_url: null }))

const describeTeams = ({ memberships }: TestUser) =>
  memberships.flatMap(({ organisation, teams }) =>
    teams.map(slug => ({
      name: slug,
      slug,
      description: null,
      privacy: 'closed',
      permission: 'pull',
      html_url: `${SITE_URL}/orgs/${organisation}/teams/${slug}`,
      organization: { login: organisation },
    })),
  )
