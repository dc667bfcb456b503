/** An entry of the table of settings. The app knows no setting that has no entry. */
export interface Setting<Name extends string = string> {
  /** The name of a provider's setting is without its `<NAME>_`. */
  name: Name
  /** Markdown, for settings.md and the operator. */
  default: string
  meaning: string
  /** Its value is never shown, printed or logged. */
  secret?: true
  /** The app refuses it until it works. */
  isPlanned?: true
}
