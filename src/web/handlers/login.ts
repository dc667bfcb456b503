import { beginSignIn } from '../begin-sign-in.js'
import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { WebRefusal } from '../errors.js'
import { mayStartSignIn } from '../guards/navigation.js'
import { initial } from '../present/person.js'

/** The choice of providers. */
export const chooseProvider =
  ({ respond, providerLabels, links, returnPaths }: Deps): Handler =>
  ctx => {
    const returnTo = returnPaths.read(ctx.query.return_to)
    const choices = [...providerLabels].map(([name, label]) => ({
      label,
      initial: initial(label),
      href: links.loginWith(name, returnTo),
    }))
    return respond.page(ctx, 'login', { providers: choices })
  }

/** Off to the provider. */
export const startSignIn =
  (deps: Deps): Handler =>
  ctx => {
    if (!mayStartSignIn(ctx))
      throw new WebRefusal('sign_in_required', 'Only a page that a person opens starts a sign-in')
    return beginSignIn(deps, ctx, ctx.params.provider ?? '', deps.returnPaths.orHome(ctx.query.return_to))
  }
