import { posix } from 'node:path'
import {
  BANNED_WORDS,
  COMPOSITION,
  FILE_LINES,
  FOLDER_FILES,
  FOLDERS,
  FUNCTION_LINES,
  GIVEN_NAMES,
  GIVEN_WORDS,
  INTERFACES,
  PACKAGES,
  type Pattern,
  SELF_CONTAINED,
  SHORT_FUNCTIONS,
  SIGN_IN_PACKAGE,
  SINGLE_PLACES,
  TOP_LEVEL,
  VAGUE_NAME,
  WORDS,
} from './architecture-rules.js'
import { functionsOf, importsOf, lineAt, type SourceFile, viewsOf } from './source-text.js'

/** A rule: returns its violations, one line each. */
export type Check = (files: readonly SourceFile[]) => string[]

export const layers: Check = files =>
  eachImport(files, (file, from, typeOnly) => {
    if (!from.startsWith('.')) return undefined
    const target = posix.join(posix.dirname(file.path), from).replace(/\.js$/, '.ts')
    const [here, there] = [folderOf(file.path), folderOf(target)]
    if (here === there || here === COMPOSITION) return undefined
    const folder = FOLDERS[here]
    if (!folder) return `${here} is not a folder of the table`
    const files = INTERFACES[there]
    if (files && !files.includes(target)) return `${here} may import ${there} only through ${files.join(', ')}`
    if (folder.imports.includes(there) || (typeOnly && folder.types?.includes(target))) return undefined
    return `${here} may not import ${there === COMPOSITION ? target : there}`
  })

/** Files that import each other, directly or through others. Types count too: a circle of types is a circle for the reader. */
export const importCircles: Check = files => {
  const targets = new Map(files.map(file => [file.path, new Set(ownImports(file))]))
  const known = new Set(targets.keys())
  // A file that imports nothing that is left, or that nothing left imports, is in no circle.
  for (let size = -1; size !== known.size; ) {
    size = known.size
    for (const path of known) if (![...(targets.get(path) ?? [])].some(target => known.has(target))) known.delete(path)
    const imported = new Set([...known].flatMap(path => [...(targets.get(path) ?? [])]))
    for (const path of known) if (!imported.has(path)) known.delete(path)
  }
  return [...known].map(path => `${path} is in an import circle`)
}

const ownImports = ({ path, text }: SourceFile): string[] =>
  importsOf(text)
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => posix.join(posix.dirname(path), from).replace(/\.js$/, '.ts'))

export const packages: Check = files =>
  eachImport(files, (file, from, typeOnly) => {
    if (from.startsWith('.')) return undefined
    const name = packageOf(from)
    const alone = SELF_CONTAINED[folderOf(file.path)]
    if (alone) return alone.includes(name) ? undefined : `${folderOf(file.path)} imports no ${name}`
    const places = PACKAGES[name]
    if (!places) return name.startsWith('node:') ? undefined : `${name} has no place in PACKAGES`
    // A type of Node's own opens no file and no connection.
    if (typeOnly && name.startsWith('node:')) return undefined
    return isIn(file.path, places) ? undefined : `${name} may not be imported here`
  })

export const singlePlaces: Check = files =>
  SINGLE_PLACES.flatMap(({ only, within = '', ...pattern }) =>
    find(
      files.filter(({ path }) => path.startsWith(within) && !isIn(path, only)),
      pattern,
    ),
  )

export const words: Check = files => WORDS.flatMap(word => find(files, word))

export const fileSizes: Check = files =>
  files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    return lines > FILE_LINES ? [`${path} has ${lines} lines`] : []
  })

export const folderSizes: Check = files => {
  const counts = new Map<string, number>()
  for (const folder of files.map(({ path }) => posix.dirname(path))) counts.set(folder, (counts.get(folder) ?? 0) + 1)
  return [...counts].flatMap(([folder, count]) => (count > FOLDER_FILES ? [`${folder} has ${count} files`] : []))
}

export const functionSizes: Check = files =>
  files.flatMap(({ path, text }) =>
    functionsOf(text)
      .filter(({ lines }) => lines > FUNCTION_LINES)
      .map(({ line, lines, head }) => `${path}:${line} ${lines} lines: ${head}`),
  )

export const shortFunctions: Check = files =>
  SHORT_FUNCTIONS.flatMap(({ path, name, lines: limit }) => {
    const file = files.find(one => one.path === path)
    if (!file) return []
    const meant = functionsOf(file.text).filter(({ head }) => !name || new RegExp(`\\b${name}\\b`).test(head))
    // Without its function the rule would hold nothing.
    if (meant.length === 0) return [`${path} has no ${name ?? 'function'}`]
    return meant
      .filter(({ lines }) => lines > limit)
      .map(({ line, lines, head }) => `${path}:${line} ${lines} lines, wanted ${limit}: ${head}`)
  })

export const fileNames: Check = files =>
  files.flatMap(({ path }) => (VAGUE_NAME.test(path) ? [`${path} has a vague name`] : []))

/** Identifiers and parts of a path that contain a banned word. */
export const bannedWords: Check = files =>
  files.flatMap(({ path, text }) => {
    const code = viewsOf(text).code.replace(GIVEN_NAMES, '')
    const names = new Set([...path.replace(GIVEN_NAMES, '').split('/'), ...(code.match(/[\w$]+/g) ?? [])])
    return [...names].flatMap(name => {
      const word = wordsOf(name).find(each => BANNED_WORDS.has(each) && !GIVEN_WORDS[path]?.includes(each))
      return word === undefined ? [] : [`${path} names ${name}, and "${word}" is a banned word`]
    })
  })

const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)

const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) ([\w$]+)/gm

/**
 * Exported declarations in src/ whose name another file of src/ exports too: two of one name mislead the import that an
 * editor adds by itself.
 */
export const repeatedExports: Check = files => {
  const paths = new Map<string, Set<string>>()
  for (const { path, text } of files.filter(file => file.path.startsWith('src/')))
    for (const [, name = ''] of viewsOf(text).code.matchAll(EXPORT))
      paths.set(name, (paths.get(name) ?? new Set()).add(path))
  return [...paths].flatMap(([name, found]) =>
    found.size > 1 ? [`${name} is exported by ${[...found].join(', ')}`] : [],
  )
}

/** Packages of the code that `npm ci --omit=dev` would not bring. */
export function missingPackages(files: readonly SourceFile[], dependencies: readonly string[]): string[] {
  return eachImport(files, (_, from, typeOnly) => {
    const name = packageOf(from)
    if (typeOnly || from.startsWith('.') || name.startsWith('node:')) return undefined
    return dependencies.includes(name) ? undefined : `${name} is not in dependencies`
  })
}

export const signInPackages = (names: readonly string[]): string[] => names.filter(name => SIGN_IN_PACKAGE.test(name))

/** Names of the top level that do not belong there. */
export const unknownTopLevel = (names: readonly string[]): string[] =>
  names.filter(name => !name.startsWith('.') && !TOP_LEVEL.includes(name))

function eachImport(
  files: readonly SourceFile[],
  check: (file: SourceFile, from: string, typeOnly: boolean) => string | undefined,
): string[] {
  return files.flatMap(file =>
    importsOf(file.text).flatMap(({ from, typeOnly, line }) => {
      const fault = check(file, from, typeOnly)
      return fault === undefined ? [] : [`${file.path}:${line} ${fault}`]
    }),
  )
}

function find(files: readonly SourceFile[], { what, pattern, view }: Pattern): string[] {
  return files.flatMap(({ path, text }) => {
    const seen = viewsOf(text)[view]
    return Array.from(
      seen.matchAll(new RegExp(pattern, `${pattern.flags}g`)),
      ({ index }) => `${path}:${lineAt(seen, index)} ${what}`,
    )
  })
}

function folderOf(path: string): string {
  const [top = '', folder = '', ...rest] = path.split('/')
  if (top !== 'src') return top
  return rest.length === 0 || folder === 'cli' ? COMPOSITION : folder
}

const packageOf = (from: string): string =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')

const isIn = (path: string, places: readonly string[]): boolean =>
  places.some(place => (place.endsWith('/') ? path.startsWith(place) : path === place || folderOf(path) === place))
