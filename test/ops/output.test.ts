import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createOutput, type LostLines, type OutputLimits, type OutputTarget } from '../../src/ops/output.js'

// No timer of an output keeps a process alive.
const alive = setInterval(() => {}, 60_000)
after(() => clearInterval(alive))

const LIMITS: OutputLimits = { maxWaitingChars: 100, batchChars: 10, batchDelayMs: 1, retryDelayMs: 1, busyDelayMs: 1 }

/** A target whose writes end when the test says so. */
function startTarget() {
  let bytesSoFar = Buffer.alloc(0)
  const add = (bytes: Buffer) => {
    bytesSoFar = Buffer.concat([bytesSoFar, bytes])
  }
  let taken: { bytes: Buffer; done: Parameters<OutputTarget['write']>[1] } | undefined
  let arrived = () => {}
  const target: OutputTarget = {
    write(bytes, done) {
      assert.equal(taken, undefined, 'Two writes are under way at once')
      taken = { bytes, done }
      arrived()
    },
    writeSync(bytes) {
      add(bytes)
      return bytes.length
    },
  }
  const end = async (error: string | undefined, count = Number.POSITIVE_INFINITY) => {
    if (!taken) await new Promise<void>(resolve => (arrived = resolve))
    const { bytes, done } = taken ?? assert.fail()
    taken = undefined
    if (error) return done(Object.assign(new Error(error), { code: error }), 0)
    const written = bytes.subarray(0, count)
    add(written)
    done(null, written.length)
  }
  return { target, end, text: () => bytesSoFar.toString(), isWriting: () => taken !== undefined }
}

function start(limits = LIMITS) {
  const losses: LostLines[] = []
  const side = startTarget()
  const output = createOutput(side.target, limits)
  output.onLoss(lost => losses.push(lost))
  return { ...side, output, losses }
}

test('A1 a write that fails is tried again, with the same text, and nothing is lost', async () => {
  const { output, end, text, losses } = start()
  output.write('one\n')
  await end('ENOSPC')
  output.write('two\n')
  await end('ENOSPC')
  await end(undefined)
  await end(undefined)
  assert.equal(text(), 'one\ntwo\n')
  assert.deepEqual(losses, [])
})

test('A1 a partial write is continued where it stopped', async () => {
  const { output, end, text } = start()
  output.write('Straße\n')
  await end(undefined, 5)
  await end('EAGAIN')
  await end(undefined)
  assert.equal(text(), 'Straße\n')
})

test('A1 text that cannot be written waits up to a limit; lines beyond it are counted, and the count is reported once writing works', async () => {
  for (const [failure, cause] of [
    ['ENOSPC', 'ENOSPC'],
    [undefined, 'EAGAIN'],
  ] as const) {
    const { output, end, text, losses, isWriting } = start()
    output.write('first line\n')
    assert.ok(isWriting())
    for (let number = 0; number < 1_000; number++) output.write('0123456789')
    if (failure) await end(failure)
    assert.deepEqual(losses, [])
    await end(undefined)
    assert.deepEqual(losses, [{ count: 990, cause }])
    await end(undefined)
    assert.equal(text(), `first line\n${'0123456789'.repeat(10)}`)
  }
})

test('A1 a flush ends with the first failure, or after its time, and reports that text is left', async () => {
  const failing = start()
  failing.output.write('one\n')
  const flushed = failing.output.flush(60_000)
  await failing.end('ENOSPC')
  assert.equal(await flushed, false)

  const stalled = start()
  stalled.output.write('one\n')
  assert.equal(await stalled.output.flush(1), false)
  await stalled.end(undefined)
  assert.equal(await stalled.output.flush(60_000), true)
})

test('A1 at the exit of a process the waiting text is written once more without waiting; a pending write is not repeated', async () => {
  const { output, text } = start({ ...LIMITS, batchDelayMs: 60_000 })
  output.write('one\n')
  output.flushSync()
  assert.equal(text(), 'one\n')

  const full = createOutput({ write: () => {}, writeSync: () => assert.fail('ENOSPC') }, { ...LIMITS, batchChars: 100 })
  full.write('one\n')
  full.flushSync()

  const stalled = start()
  stalled.output.write('0123456789\n')
  assert.ok(stalled.isWriting())
  stalled.output.write('two\n')
  stalled.output.flushSync()
  assert.equal(stalled.text(), '')
})
