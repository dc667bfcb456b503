const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const MONTH_MS = 30.44 * DAY_MS
const YEAR_MS = 12 * MONTH_MS

const relativeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** A time for users and for machines: "just now", "5 minutes ago", "in 30 days". */
export function relativeTime(time: number, now: number): { iso: string; text: string } {
  return { iso: new Date(time).toISOString(), text: relativeText(time - now) }
}

/** A duration as text: "7 days". */
export function durationText(milliseconds: number): string {
  const { amount, unit } = toUnits(milliseconds)
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}

function relativeText(difference: number): string {
  if (Math.abs(difference) < MINUTE_MS) return 'just now'
  const { amount, unit } = toUnits(Math.abs(difference))
  return relativeFormat.format(difference < 0 ? -amount : amount, unit)
}

function toUnits(milliseconds: number): { amount: number; unit: 'year' | 'month' | 'day' | 'hour' | 'minute' } {
  // Settings and sessions are given in days, so months begin late.
  if (milliseconds >= 2 * YEAR_MS) return { amount: Math.round(milliseconds / YEAR_MS), unit: 'year' }
  if (milliseconds >= 61 * DAY_MS) return { amount: Math.round(milliseconds / MONTH_MS), unit: 'month' }
  if (milliseconds >= DAY_MS) return { amount: Math.round(milliseconds / DAY_MS), unit: 'day' }
  if (milliseconds >= HOUR_MS) return { amount: Math.round(milliseconds / HOUR_MS), unit: 'hour' }
  return { amount: Math.max(1, Math.round(milliseconds / MINUTE_MS)), unit: 'minute' }
}
