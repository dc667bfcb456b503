import { cleanText } from '../oauth/text.js'
import type { JsonObject } from '../oauth/types.js'
import { valueAt } from './json-value.js'

const MAX_NAME_CHARS = 256
const MAX_LOGIN_CHARS = 100
const MAX_EMAIL_CHARS = 254
const MAX_PICTURE_CHARS = 2048

/** A name for display: one clean line, or nothing. */
export const readName = (value: unknown): string | null => readText(value, MAX_NAME_CHARS)

/** Given and family name, in this order, at the places where providers usually have them. */
const NAME_PARTS: readonly (readonly string[])[] = [
  ['given_name', 'family_name'],
  ['first_name', 'last_name'],
  ['givenName', 'familyName'],
  ['firstName', 'lastName'],
  ['name.given', 'name.family'],
  ['name.given_name', 'name.family_name'],
  ['name.givenName', 'name.familyName'],
  ['name.first', 'name.last'],
  ['name.first_name', 'name.last_name'],
  ['name.firstName', 'name.lastName'],
]

/** A name made of given and family name, for a provider that does not send the whole name. */
export function joinedName(user: JsonObject): string | null {
  return (
    NAME_PARTS.map(paths => nameOfParts(paths.map(path => valueAt(user, path)))).find(name => name !== null) ?? null
  )
}

/** Parts of a name with a blank between them; a part that is not a text is left out. */
export const nameOfParts = (parts: readonly unknown[]): string | null =>
  readName(
    parts
      .map(readName)
      .filter(part => part !== null)
      .join(' '),
  )

/** A login exactly as received, or nothing: access rules match it, and a shortened one could be another user's. */
export function readLogin(value: unknown): string | null {
  const clean = readText(value, MAX_LOGIN_CHARS)
  return clean === value ? clean : null
}

/** A text of a provider, cleaned and shortened; null for an empty one and for anything that is not a text. */
export function readText(value: unknown, max: number): string | null {
  return (typeof value === 'string' && cleanText(value, max)) || null
}

/**
 * One `@`, nothing that could end a header or begin a second address, a domain of letters, digits, dots and hyphens.
 * The Kelvin sign is refused, because in lower case it is an ASCII k: two different addresses would become equal.
 */
const EMAIL = /^(?!.*\u212a)[^\s\p{C}@<>(),;:"\\[\]]+@[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)*$/u

/** An e-mail address exactly as received, or nothing: a corrected address is not the one that was verified. */
export function readEmail(value: unknown): string | null {
  return typeof value === 'string' && value.length <= MAX_EMAIL_CHARS && EMAIL.test(value) ? value : null
}

/** An https URL with its two slashes, or nothing: a page shows it, so `javascript:` and the like must not get there. */
export function readHttpsUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_PICTURE_CHARS || !URL.canParse(value)) return null
  const { href } = new URL(value)
  // A host may contain a quotation mark.
  return /^https:\/\/(?!\/)/i.test(value) && href.length <= MAX_PICTURE_CHARS && !/[\s"<>\\]/.test(href) ? href : null
}

/** Some providers send it as text; any other truthy value does not count. */
export const isTrue = (value: unknown): boolean => value === true || value === 'true'
