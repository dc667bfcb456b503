import fc from 'fast-check'

/** What must hold for whatever comes. */
export interface Property {
  name: string
  /**
   * Tries so many inputs.
   * @throws Error with the smallest counterexample
   */
  hold(runs: number, watch?: Watch): Promise<void>
}

/** Told of each input, and how many milliseconds it took. */
export type Watch = (ms: number, input: unknown) => void

/** More than any input may take. */
export const TOO_LONG = 50

/** A property of one kind of input; `judge` throws where it does not hold. */
export function property<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => void | Promise<void>,
): Property {
  return {
    name,
    async hold(runs, watch = () => {}) {
      const predicate = async (input: Input) => watch(await timeOf(check, input), input)
      await fc.assert(fc.asyncProperty(inputs, predicate), { numRuns: runs })
    },
  }
}

/** The fastest of four tries where the first was slow: then it is the input that is slow, and not the machine. */
async function timeOf<Input>(check: (input: Input) => void | Promise<void>, input: Input): Promise<number> {
  let fastest = await timeOnce(check, input)
  for (let tries = 1; tries < 4 && fastest > TOO_LONG; tries++) {
    fastest = Math.min(fastest, await timeOnce(check, input))
  }
  return fastest
}

async function timeOnce<Input>(check: (input: Input) => void | Promise<void>, input: Input): Promise<number> {
  const begin = performance.now()
  await check(input)
  return performance.now() - begin
}
