import { ProtocolError } from '../../oauth/errors.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { readGroups } from '../groups.js'
import { readEmail, readHttpsUrl, readLogin, readName, readText } from '../profile.js'
import type { ApiGet, Profile, Repository } from '../provider.js'

/**
 * The profile at GitHub. The `email` of /user is the public one: it may be anything, so only /user/emails counts.
 */
export async function githubProfile(user: JsonObject, get: ApiGet): Promise<Profile> {
  const subject = readSubject(user.id)
  const email = primaryEmail(await emailsOf(get))
  return {
    subject,
    name: readName(user.name),
    login: readLogin(user.login),
    email,
    emailVerified: email !== null,
    picture: readHttpsUrl(user.avatar_url),
    raw: user,
  }
}

/** The user's repositories, the latest first. */
export async function githubRepositories(get: ApiGet): Promise<Repository[]> {
  const repositories = requireObjects(await get('user/repos?per_page=30&sort=updated'))
  return repositories.flatMap(repository => {
    const name = readName(repository.full_name) ?? readName(repository.name)
    return name === null ? [] : [{ name, ...detailsOf(repository) }]
  })
}

const detailsOf = (repository: JsonObject): Omit<Repository, 'name'> => ({
  description: readText(repository.description, 500),
  url: readHttpsUrl(repository.html_url),
  private: repository.private === true,
})

/**
 * The user's organisations, as `acme`, and teams, as `acme/staff`: only those with a membership, because neither list
 * has invitations.
 */
export async function githubGroups(_: JsonObject, get: ApiGet): Promise<string[]> {
  const organisations = await getAllPages(get, 'user/orgs')
  const teams = await getAllPages(get, 'user/teams')
  return readGroups([...organisations.map(organisationName), ...teams.map(teamName)])
}

const organisationName = ({ login }: JsonObject): string | null => (isNameWithoutSlash(login) ? login : null)

function teamName({ organization, slug }: JsonObject): string | null {
  const organisation = isObject(organization) ? organization.login : undefined
  return isNameWithoutSlash(organisation) && isNameWithoutSlash(slug) ? `${organisation}/${slug}` : null
}

/** Without a slash, or the name of an organisation could equal that of a team of another one. */
const isNameWithoutSlash = (value: unknown): value is string => typeof value === 'string' && /^[^/]+$/.test(value)

const PAGE_SIZE = 100
const MAX_PAGES = 10

async function getAllPages(get: ApiGet, path: string): Promise<JsonObject[]> {
  const all: JsonObject[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const entries = requireObjects(await getIfAllowed(get, `${path}?per_page=${PAGE_SIZE}&page=${page}`))
    all.push(...entries)
    if (entries.length < PAGE_SIZE) break
  }
  return all
}

// A page has 30 entries by default; the primary address may be on the next one.
const emailsOf = (get: ApiGet): Promise<unknown> => getIfAllowed(get, 'user/emails?per_page=100')

/** GitHub answers 404, or 403 to a GitHub App, when the token may not see a list: then nothing is on it. */
async function getIfAllowed(get: ApiGet, path: string): Promise<unknown> {
  try {
    return await get(path)
  } catch (error) {
    if (error instanceof ProtocolError && (error.status === 403 || error.status === 404)) return []
    throw error
  }
}

function primaryEmail(emails: unknown): string | null {
  const primary = requireObjects(emails).find(entry => entry.primary === true && entry.verified === true)
  return readEmail(primary?.email)
}

function requireObjects(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.filter(isObject)
  throw new ProtocolError('provider_malformed', 'The API answered with something that is not a list')
}
