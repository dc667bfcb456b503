/** What became of a connection that was taken off. */
export interface Disconnected {
  /** The provider's, for people. */
  label: string
  /** The session that asked was opened with it, and has ended with it. */
  signedOut: boolean
}
