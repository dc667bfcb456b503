import type { SettingsReader } from '../reader.js'
import { readList } from '../value-readers.js'

/** The end of each issue of SECRET_KEYS. */
export const HOW_TO_MAKE_KEY = 'make one with:  npx vestibule secrets'

// The bytes 0, 1, 2, ... 31: the key of test vectors.
const TEST_VECTOR_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64url')

/** SECRET_KEYS, newest first. None in local when the setting is missing: `load` makes and keeps one. */
export function readSecretKeys(reader: SettingsReader): readonly string[] {
  const keys = readList(reader, 'SECRET_KEYS')
  if (keys === undefined) {
    if (!reader.local) reader.missing('SECRET_KEYS', `; ${HOW_TO_MAKE_KEY}`)
    return []
  }
  for (const [index, key] of keys.entries()) {
    const problem = problemOfKey(key) ?? (reader.local ? undefined : problemOfKeySource(key))
    if (problem)
      reader.addIssue(
        'SECRET_KEYS',
        `${keys.length > 1 ? `(key ${index + 1}) is` : 'is'} ${problem}; ${HOW_TO_MAKE_KEY}`,
      )
  }
  return keys
}

/** Why a text is not a usable key, without showing it; undefined for 32 bytes in canonical base64url. */
export function problemOfKey(key: string): string | undefined {
  const bytes = Buffer.from(key, 'base64url')
  // Decoding ignores invalid characters, so the text must be equal to what its bytes encode to.
  if (bytes.toString('base64url') !== key) return 'not base64url text'
  if (bytes.length !== 32) return `${bytes.length} bytes long, not 32`
  // 32 random bytes have at least 8 different values, for all practical purposes.
  return new Set(bytes).size < 8 ? 'not random' : undefined
}

function problemOfKeySource(key: string): string | undefined {
  const isPrintable = /^[\x20-\x7e]*$/.test(Buffer.from(key, 'base64url').toString('latin1'))
  return isPrintable || key === TEST_VECTOR_KEY || /example/i.test(key) ? 'an example or typed by hand' : undefined
}

/** Whether a client secret is a placeholder from a guide. */
export function isExampleSecret(secret: string): boolean {
  return /example|change[-_ ]?(me|it)|place[-_ ]?holder|replace[-_ ]?me|^(my|your)[-_ ].*(secret|key)|^(client[-_ ]?)?secret$|^password$|^x+$|^\*+$|^\.+$|^<.*>$|^todo$/i.test(
    secret,
  )
}
