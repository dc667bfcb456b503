import type { Context } from 'koa'
import nunjucks from 'nunjucks'

export interface UserChoice {
  client: string
  scopes: readonly string[]
  action: string
  hidden: readonly Field[]
  users: readonly { login: string; name: string | null; initial: string; detail: string; tag: string }[]
  faultGroups: readonly { title: string; faults: readonly { name: string; label: string }[] }[]
  /** The fault that is chosen already, because the URL names it; empty for none. */
  chosen: string
  /** What the button Deny sends. */
  deny: readonly Field[]
  /** The last fault that this browser chose, and what the button that repeats it sends. */
  last: { label: string; user: string; fields: readonly Field[] } | null
  /** The protocols that are in use. */
  protocols: readonly ProtocolLink[]
  newUser: NewUserForm
}

export interface Field {
  name: string
  value: string
}

/** What was typed for a new user, and the problem with it; empty at first. */
export interface NewUserForm {
  login: string
  name: string
  email: string
  problem: { field: 'login' | 'name' | 'email'; text: string } | null
}

/** One form with one button and nothing to fill in. */
export interface Step {
  heading: string
  text: string
  action: string
  hidden: readonly { name: string; value: string }[]
  button: string
}

export interface Notice {
  heading: string
  text: string
  /** In mono, below. */
  detail: string | null
}

/** The pages of the development provider; they do not change the status. */
export interface Pages {
  choose(ctx: Context, choice: UserChoice): void
  notice(ctx: Context, notice: Notice): void
  step(ctx: Context, step: Step): void
}

/** Pages made from the templates in `<viewsDir>/dev-provider`. */
export function createPages(viewsDir: string): Pages {
  const templates = new nunjucks.Environment(new nunjucks.FileSystemLoader(viewsDir), {
    autoescape: true,
    throwOnUndefined: true,
  })
  const show = (ctx: Context, view: string, locals: UserChoice | Notice | Step) => {
    const html = templates.render(`dev-provider/${view}.njk`, {
      css: '/assets/vestibule.css',
      icon: '/assets/icon.svg',
      ...locals,
    })
    ctx.type = 'html'
    ctx.body = html
  }
  return {
    choose: (ctx, choice) => show(ctx, 'choose', choice),
    notice: (ctx, notice) => show(ctx, 'error', notice),
    step: (ctx, step) => show(ctx, 'step', step),
  }
}

/** A protocol in use, as the page links to it. */
export interface ProtocolLink {
  label: string
  /** Where the app starts a sign-in through it. */
  href: string
  current: boolean
}
