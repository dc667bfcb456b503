const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const MONTH = 30.44 * DAY
const YEAR = 12 * MONTH

const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** A moment for people and for machines: "just now", "5 minutes ago", "in 30 days". */
export function moment(time: number, now: number): { iso: string; text: string } {
  return { iso: new Date(time).toISOString(), text: relative(time - now) }
}

/** A span of milliseconds in words: "7 days". */
export function span(milliseconds: number): string {
  const { amount, unit } = inUnits(milliseconds)
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}

function relative(difference: number): string {
  if (Math.abs(difference) < MINUTE) return 'just now'
  const { amount, unit } = inUnits(Math.abs(difference))
  return words.format(difference < 0 ? -amount : amount, unit)
}

function inUnits(milliseconds: number): { amount: number; unit: 'year' | 'month' | 'day' | 'hour' | 'minute' } {
  // Settings and sessions are spoken of in days; months begin where nobody counts them any more.
  if (milliseconds >= 2 * YEAR) return { amount: Math.round(milliseconds / YEAR), unit: 'year' }
  if (milliseconds >= 61 * DAY) return { amount: Math.round(milliseconds / MONTH), unit: 'month' }
  if (milliseconds >= DAY) return { amount: Math.round(milliseconds / DAY), unit: 'day' }
  if (milliseconds >= HOUR) return { amount: Math.round(milliseconds / HOUR), unit: 'hour' }
  return { amount: Math.max(1, Math.round(milliseconds / MINUTE)), unit: 'minute' }
}
