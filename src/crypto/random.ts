import { randomBytes } from 'node:crypto'

/** 32 random bytes in base64url: 43 characters, 256 bits. For handles, states and verifiers. */
export const randomToken = (): string => randomBytes(32).toString('base64url')

/** 16 random bytes in base64url: 22 characters, 128 bits. For the ids of rows, which are no secrets. */
export const randomId = (): string => randomBytes(16).toString('base64url')
