/**
 * The names of the attempt cookies. They are fixed, so that a browser overwrites its old cookies by itself: tabs that
 * start at the same moment send no cookies, so the server could not count them.
 */
export const ATTEMPT_SLOTS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7']

/** With the longest name (57 characters, by COOKIE_PREFIX), "=" and "; " all slots together have 6,000 bytes. */
export const MAX_SLOT_CHARS = 690

/** The other two characters say how many parts a value has, or that this is a later part. */
const MAX_PART_CHARS = MAX_SLOT_CHARS - 2
/** Attempts that start within this time were started by tabs that open together: none of them is older than the others. */
const SIMULTANEOUS_START_MS = 10_000

/** The attempt cookies of a browser: the value of each slot. */
export type AttemptCookies = ReadonlyMap<string, string>

/** How many slots a value takes. */
export const slotsFor = (chars: number): number => (chars <= MAX_SLOT_CHARS ? 1 : Math.ceil(chars / MAX_PART_CHARS))

/** Splits a value over neighbouring slots: `2~first part` and `~second part`, or the value as it is. */
export function splitIntoSlots(slots: readonly string[], value: string): Map<string, string> {
  if (slots.length === 1) return new Map(slots.map(slot => [slot, value]))
  const part = (index: number) => value.slice(index * MAX_PART_CHARS, (index + 1) * MAX_PART_CHARS)
  return new Map(slots.map((slot, index) => [slot, `${index === 0 ? slots.length : ''}~${part(index)}`]))
}

/** All values in the cookies, each with its slots. Whether a value is ours is known only when it is opened. */
export function readSlots(cookies: AttemptCookies): { slots: readonly string[]; value: string }[] {
  return ATTEMPT_SLOTS.flatMap((slot, index) => {
    const [, count = '1', first] = /^(?:([2-8])~)?([^~]+)$/.exec(cookies.get(slot) ?? '') ?? []
    if (first === undefined) return []
    const slots = ATTEMPT_SLOTS.slice(index, index + Number(count))
    const laterParts = slots.slice(1).map(each => cookies.get(each)?.slice(1) ?? '')
    const value = first + laterParts.join('')
    return isComplete(slots, value, cookies) ? [{ slots, value }] : []
  })
}

/** A value has one spelling only: the one that `splitIntoSlots` gives it. */
const isComplete = (slots: readonly string[], value: string, cookies: AttemptCookies): boolean =>
  slotsFor(value.length) === slots.length &&
  [...splitIntoSlots(slots, value)].every(([slot, part]) => cookies.get(slot) === part)

/**
 * The slots for a new value: free ones, otherwise those of the oldest value.
 * @param startedAt when the attempt in each slot was started; a slot that is not in the map is free
 * @param startCount how many sign-ins were started so far, so that tabs that start together get different slots
 */
export function chooseSlots(
  count: number,
  startedAt: ReadonlyMap<string, number>,
  startCount: number,
): readonly string[] {
  const groups = slotGroups(count).map(slots => ({
    slots,
    newest: Math.max(...slots.map(slot => startedAt.get(slot) ?? 0)),
  }))
  const oldest = Math.min(...groups.map(({ newest }) => newest))
  const candidates = groups.filter(({ newest }) => newest < oldest + SIMULTANEOUS_START_MS)
  return candidates[startCount % candidates.length]?.slots ?? []
}

/**
 * Groups of one length do not overlap, and a group overlaps at most one of the two groups that are three or four slots
 * long.
 */
function slotGroups(count: number): (readonly string[])[] {
  const many = Math.floor(ATTEMPT_SLOTS.length / count)
  const step = many === 1 ? 0 : (ATTEMPT_SLOTS.length - count) / (many - 1)
  return Array.from({ length: many }, (_, index) => ATTEMPT_SLOTS.slice(index * step, index * step + count))
}
