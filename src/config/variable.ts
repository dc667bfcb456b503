/** A row of the settings table. Nothing else in the app knows a setting that has no row. */
export interface Variable<Name extends string = string> {
  /** A provider's setting without its `<NAME>_`. */
  name: Name
  /** For people, in Markdown. */
  default: string
  meaning: string
  /** Its value is never shown, printed or logged. */
  secret?: true
  /** Named in the design and refused until it works. */
  notYet?: true
}
