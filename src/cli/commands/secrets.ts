import { randomToken } from '../../crypto/random.js'
import { EXIT } from '../command-line/process.js'

/** Where a command prints, such as `process.stdout`. */
export interface TextOutput {
  write(text: string): unknown
}

/** `vestibule secrets`: prints a fresh SECRET_KEYS line, ready for `.env.secret`. Returns the exit code. */
export function printSecretKey(out: TextOutput): number {
  out.write(`SECRET_KEYS=${randomToken()}\n`)
  return EXIT.ok
}
