/** An error that is shown on our own page (or as JSON), because there is no app to send it to. */
export class PageError extends Error {
  override readonly name = 'PageError'
  constructor(
    readonly status: number,
    readonly heading: string,
    readonly text: string,
    readonly detail: string | null = null,
  ) {
    super(`${heading}: ${text}`)
  }
}
