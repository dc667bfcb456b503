import { setFlagsFromString } from 'node:v8'

/**
 * Tells V8 that what a request allocates dies young. It guesses otherwise from the start-up, when everything is kept,
 * and then puts parts of each rendered page where only a full collection finds them: a third of the time of a page.
 */
export function expectShortLives(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
