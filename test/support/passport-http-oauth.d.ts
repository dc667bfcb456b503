// The package brings no types; these are those of the parts that are used here.
declare module 'passport-http-oauth' {
  import { Strategy } from 'passport'

  type Done<Values extends unknown[]> = (error: unknown, ...values: Values) => void
  type Validate = (timestamp: string, nonce: string, done: Done<[valid?: boolean]>) => void

  export class ConsumerStrategy extends Strategy {
    constructor(
      consumer: (key: string, done: Done<[consumer?: object | false, secret?: string]>) => void,
      token: (token: string, done: Done<[secret?: string | false, info?: object]>) => void,
      validate: Validate,
    )
  }

  export class TokenStrategy extends Strategy {
    constructor(
      consumer: (key: string, done: Done<[consumer?: object | false, secret?: string]>) => void,
      verify: (token: string, done: Done<[user?: object | false, secret?: string]>) => void,
      validate: Validate,
    )
  }
}
