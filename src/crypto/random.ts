import { randomFillSync } from 'node:crypto'

// A system call for a few bytes takes as long as one for a thousand, and one redirect to a provider needs five tokens.
const pool = Buffer.alloc(1024)
let used = pool.length

/**
 * Up to 1,024 random bytes of the system's generator; no byte is returned twice, and no returned byte stays in the
 * pool.
 */
export function randomBytes(size: number): Buffer {
  if (size > pool.length) throw new RangeError(`There are no more than ${pool.length} random bytes at a time`)
  if (used + size > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = Buffer.from(pool.subarray(used, used + size))
  pool.fill(0, used, used + size)
  used += size
  return bytes
}

/** 32 random bytes in base64url: 43 characters, 256 bits. For handles, states and verifiers. */
export const randomToken = (): string => randomBytes(32).toString('base64url')

/** 16 random bytes in base64url: 22 characters, 128 bits. For the ids of rows, which are not secret. */
export const randomId = (): string => randomBytes(16).toString('base64url')

/** Whether a text can be the id of a row. */
export const isId = (text: string): boolean => /^[\w-]{22}$/.test(text)
