/** What the URLs of a preset are relative to. */
export interface UrlContext {
  /** Where the development provider listens. */
  origin: string
  /** Without a trailing slash; undefined, or an example, where it is not known. */
  base: string | { example: string } | undefined
  tenant: string | undefined
}

/** Makes absolute URLs of those of a preset. A URL without placeholders stays as it was written, to the letter. */
export const urlResolver = (context: UrlContext) => (url: string) => {
  const whole = url.replace(/^\{base\}|\{tenant\}/g, placeholder => urlPart(placeholder, context))
  return URL.canParse(whole) ? whole : new URL(whole, context.origin).href
}

function urlPart(placeholder: string, { base, tenant }: UrlContext): string {
  const value = placeholder === '{base}' ? base : tenant
  if (typeof value !== 'string') throw new Error(`Nothing is known that ${placeholder} could stand for`)
  return value
}
