import type { SourceFile } from './source-text.js'

/** An id of the list of bad inputs and attacks, of a finding (`A3`, `P1`, `W12`, `B-08`), or of a published flaw. */
const ID = /(?:[A-Z][A-Z\d]-\d{2}|[APW]\d{1,2}|B-\d{2}|CVE-\d{4}-\d{4,}|GHSA(?:-[a-z\d]{4}){3})/.source

/** The ids at the beginning of a text in quotes, which is where a test's name has them. */
const NAME = new RegExp(`['"\`](${ID}(?:,? ${ID})*):? `, 'g')

/** The ids that tests are named by, each with the files where they stand. */
export function idsInNames(files: readonly SourceFile[]): Map<string, string[]> {
  const places = new Map<string, string[]>()
  for (const { path, text } of files) {
    for (const [, ids = ''] of text.matchAll(NAME)) {
      for (const id of ids.split(/,? /)) places.set(id, [...new Set([...(places.get(id) ?? []), path])])
    }
  }
  return places
}
