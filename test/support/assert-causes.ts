import assert from 'node:assert/strict'

/** What `describeCause` cuts at, with the step and the URL in front. */
const LONGEST_CAUSE = 2_300
const STACK_FRAME = /\n\s+at /

/** Every cause in a log is one short line of plain text; only the stack of a fault in the code has several lines. */
export function assertCausesReadable(lines: readonly string[]): void {
  for (const line of lines) {
    const { cause } = JSON.parse(line)
    if (cause === undefined) continue
    assert.equal(typeof cause, 'string', line)
    const allowed = STACK_FRAME.test(cause) ? cause.replaceAll('\n', '') : cause
    assert.doesNotMatch(allowed, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u, line)
    if (allowed === cause) assert.ok(cause.length <= LONGEST_CAUSE, line)
  }
}
