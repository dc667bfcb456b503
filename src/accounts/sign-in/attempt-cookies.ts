/**
 * The cookies that attempts travel in. Their names are fixed, so a browser overwrites what it holds by itself: tabs that
 * start at the same moment bring no cookies, and nothing could be counted then.
 */
export const ATTEMPT_SLOTS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7']

/** With the longest name (57 characters, by COOKIE_PREFIX), "=" and "; " all slots together have 6,000 bytes. */
export const MAX_SLOT_CHARS = 690

/** The rest of a slot says how many parts a value has, or that it is a later one. */
const MAX_PART_CHARS = MAX_SLOT_CHARS - 2
/** What was started within this time was started by tabs that open together: none of them has to go first. */
const SIMULTANEOUS_START_MS = 10_000

/** What a browser brought, by slot. */
export type CookiesBySlot = ReadonlyMap<string, string>

/** How many slots a value takes. */
export const slotsFor = (chars: number): number => (chars <= MAX_SLOT_CHARS ? 1 : Math.ceil(chars / MAX_PART_CHARS))

/** A value as the slots of a run carry it: `2~first part` and `~second part`, or the value as it is. */
export function splitIntoSlots(slots: readonly string[], value: string): Map<string, string> {
  if (slots.length === 1) return new Map(slots.map(slot => [slot, value]))
  const part = (index: number) => value.slice(index * MAX_PART_CHARS, (index + 1) * MAX_PART_CHARS)
  return new Map(slots.map((slot, index) => [slot, `${index === 0 ? slots.length : ''}~${part(index)}`]))
}

/** Every value that a browser brought, with the slots it lies in. Whether one is ours shows when it is opened. */
export function readSlots(cookies: CookiesBySlot): { slots: readonly string[]; value: string }[] {
  return ATTEMPT_SLOTS.flatMap((slot, index) => {
    const [, count = '1', first] = /^(?:([2-8])~)?([^~]+)$/.exec(cookies.get(slot) ?? '') ?? []
    if (first === undefined) return []
    const slots = ATTEMPT_SLOTS.slice(index, index + Number(count))
    const value =
      first +
      slots
        .slice(1)
        .map(each => cookies.get(each)?.slice(1) ?? '')
        .join('')
    return isComplete(slots, value, cookies) ? [{ slots, value }] : []
  })
}

/** A value has one spelling only: the one that `splitOver` gives it. */
const isComplete = (slots: readonly string[], value: string, cookies: CookiesBySlot): boolean =>
  slotsFor(value.length) === slots.length &&
  [...splitIntoSlots(slots, value)].every(([slot, part]) => cookies.get(slot) === part)

/**
 * The slots for a new value: free ones, otherwise those of the oldest value.
 * @param startedAt when the value in a slot was started; a slot that is not in it is free
 * @param startCount counts the starts, so that tabs that start together get different slots
 */
export function chooseSlots(
  count: number,
  startedAt: ReadonlyMap<string, number>,
  startCount: number,
): readonly string[] {
  const runs = slotGroups(count).map(run => ({ run, newest: Math.max(...run.map(slot => startedAt.get(slot) ?? 0)) }))
  const oldest = Math.min(...runs.map(({ newest }) => newest))
  const candidates = runs.filter(({ newest }) => newest < oldest + SIMULTANEOUS_START_MS)
  return candidates[startCount % candidates.length]?.run ?? []
}

/** Runs of one length do not overlap, and a run overlaps at most one of the two that are three or four slots long. */
function slotGroups(count: number): (readonly string[])[] {
  const many = Math.floor(ATTEMPT_SLOTS.length / count)
  const step = many === 1 ? 0 : (ATTEMPT_SLOTS.length - count) / (many - 1)
  return Array.from({ length: many }, (_, index) => ATTEMPT_SLOTS.slice(index * step, index * step + count))
}
