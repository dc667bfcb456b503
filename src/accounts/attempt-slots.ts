/**
 * The cookies that attempts travel in. Their names are fixed, so a browser overwrites what it holds by itself: tabs that
 * start at the same moment bring no cookies, and nothing could be counted then.
 */
export const SLOTS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7']

/** With the longest name (57 characters, by COOKIE_PREFIX), "=" and "; " all slots together have 6,000 bytes. */
export const SLOT_CHARS = 690

/** The rest of a slot says how many parts a value has, or that it is a later one. */
const PART_CHARS = SLOT_CHARS - 2
/** What was started within this time was started by tabs that open together: none of them has to go first. */
const TOGETHER_MS = 10_000

/** What a browser brought, by slot. */
export type BroughtSlots = ReadonlyMap<string, string>

/** How many slots a value takes. */
export const slotsFor = (chars: number): number => (chars <= SLOT_CHARS ? 1 : Math.ceil(chars / PART_CHARS))

/** A value as the slots of a run carry it: `2~first part` and `~second part`, or the value as it is. */
export function splitOver(run: readonly string[], value: string): Map<string, string> {
  if (run.length === 1) return new Map(run.map(slot => [slot, value]))
  const part = (index: number) => value.slice(index * PART_CHARS, (index + 1) * PART_CHARS)
  return new Map(run.map((slot, index) => [slot, `${index === 0 ? run.length : ''}~${part(index)}`]))
}

/** Every value that a browser brought, with the slots it lies in. Whether one is ours shows when it is opened. */
export function joinSlots(brought: BroughtSlots): { run: readonly string[]; value: string }[] {
  return SLOTS.flatMap((slot, index) => {
    const [, count = '1', first] = /^(?:([2-8])~)?([^~]+)$/.exec(brought.get(slot) ?? '') ?? []
    if (first === undefined) return []
    const run = SLOTS.slice(index, index + Number(count))
    const value =
      first +
      run
        .slice(1)
        .map(each => brought.get(each)?.slice(1) ?? '')
        .join('')
    return isWhole(run, value, brought) ? [{ run, value }] : []
  })
}

/** A value has one spelling only: the one that `splitOver` gives it. */
const isWhole = (run: readonly string[], value: string, brought: BroughtSlots): boolean =>
  slotsFor(value.length) === run.length &&
  [...splitOver(run, value)].every(([slot, part]) => brought.get(slot) === part)

/**
 * The slots for a new value: free ones, otherwise those of the oldest value.
 * @param startedAt when the value in a slot was started; a slot that is not in it is free
 * @param turn counts the starts, so that tabs that start together get different slots
 */
export function chooseRun(count: number, startedAt: ReadonlyMap<string, number>, turn: number): readonly string[] {
  const runs = runsOf(count).map(run => ({ run, newest: Math.max(...run.map(slot => startedAt.get(slot) ?? 0)) }))
  const oldest = Math.min(...runs.map(({ newest }) => newest))
  const candidates = runs.filter(({ newest }) => newest < oldest + TOGETHER_MS)
  return candidates[turn % candidates.length]?.run ?? []
}

/** Runs of one length do not overlap, and a run overlaps at most one of the two that are three or four slots long. */
function runsOf(count: number): (readonly string[])[] {
  const many = Math.floor(SLOTS.length / count)
  const step = many === 1 ? 0 : (SLOTS.length - count) / (many - 1)
  return Array.from({ length: many }, (_, index) => SLOTS.slice(index * step, index * step + count))
}
