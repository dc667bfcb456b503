/** What the URLs of a row are relative to. */
export interface Places {
  /** Where the development provider listens. */
  origin: string
  /** Without a trailing slash; undefined, or an example, where it is not known. */
  base: string | { example: string } | undefined
  tenant: string | undefined
}

/** Makes whole URLs of those of a row. One without gaps stays as it was written, to the letter. */
export const urlsIn = (places: Places) => (url: string) => {
  const whole = url.replace(/^\{base\}|\{tenant\}/g, gap => filling(gap, places))
  return URL.canParse(whole) ? whole : new URL(whole, places.origin).href
}

function filling(gap: string, { base, tenant }: Places): string {
  const value = gap === '{base}' ? base : tenant
  if (typeof value !== 'string') throw new Error(`Nothing is known that ${gap} could stand for`)
  return value
}
