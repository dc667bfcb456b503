/** An identity whose tokens are used. */
export interface Connection {
  identityId: string
  userId: string
  provider: string
}
