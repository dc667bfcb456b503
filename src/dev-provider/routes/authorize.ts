import type { Middleware } from 'koa'
import { AUTHORIZATION_PARAMETERS, type Authorization, readAuthorization } from '../authorization.js'
import type { Client } from '../clients.js'
import { FAULTS, type Fault, findFault } from '../faults.js'
import type { CodeFlaw, Grants } from '../grants.js'
import { readNewcomer } from '../newcomer.js'
import type { Choice, Pages } from '../pages.js'
import { type Params, readForm, readParams } from '../params.js'
import { describePerson, findPerson, PEOPLE, type Person } from '../people.js'
import { redirectBack } from '../redirect.js'
import { Refusal } from '../refusal.js'

interface Deps {
  appOrigin: string
  clients: readonly Client[]
  grants: Grants
  pages: Pages
}

export const AUTHORIZE_PATH = '/login/oauth/authorize'

/** GET: the page where you choose who you are and what goes wrong. */
export const askWho =
  ({ appOrigin, clients, pages }: Deps): Middleware =>
  ctx => {
    const params = readParams(ctx.querystring)
    pages.choose(ctx, describeChoice(readAuthorization(params, clients, appOrigin), params))
  }

/** POST: back to the app with a code, or with what was chosen to go wrong. */
export const decide =
  ({ appOrigin, clients, grants }: Deps): Middleware =>
  async ctx => {
    const params = await readForm(ctx)
    const { client, redirectUri, state, scope, codeChallenge } = readAuthorization(params, clients, appOrigin)
    const person = readPerson(params)
    const fault = readFault(params)
    const grant = { clientId: client.clientId, redirectUri, codeChallenge, scope, person, fault }
    const issueCode = (flaw?: CodeFlaw) => grants.issueCode(grant, flaw)
    redirectBack(ctx, redirectUri, fault?.callback?.({ state, issueCode }) ?? { code: issueCode(), state })
  }

function describeChoice({ client, scope }: Authorization, params: Params): Choice {
  return {
    client: client.name,
    scopes: scope,
    action: AUTHORIZE_PATH,
    hidden: AUTHORIZATION_PARAMETERS.map(name => ({ name, value: params.get(name) ?? '' })).filter(
      ({ value }) => value,
    ),
    people: PEOPLE.map(person => ({
      login: person.login,
      name: person.name,
      initial: initialOf(person),
      detail: describePerson(person),
      tag: person.tag,
    })),
    faults: FAULTS.map(({ name, label }) => ({ name, label })),
  }
}

function initialOf({ name, login }: Person): string {
  const [first] = new Intl.Segmenter().segment(name ?? login)
  return (first?.segment ?? '').toUpperCase()
}

function readPerson(params: Params): Person {
  const login = params.get('person')
  if (login === undefined) return readNewcomer(params)
  const person = findPerson(login)
  if (person) return person
  throw new Refusal(400, 'Nobody here has this login', 'Go back and choose somebody from the list.', `person=${login}`)
}

function readFault(params: Params): Fault | undefined {
  const name = params.get('fault')
  if (name === undefined) return undefined
  const fault = findFault(name)
  if (fault) return fault
  throw new Refusal(400, 'Nothing can go wrong this way', 'There is no such fault.', `fault=${name}`)
}
