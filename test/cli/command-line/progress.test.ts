import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProgress } from '../../../src/cli/command-line/terminal.js'

function screen(terminal: { isTTY: boolean; columns?: number }) {
  const written: string[] = []
  return { ...terminal, written, write: (text: string) => void written.push(text) }
}

test('progress on a terminal is one line that is drawn again and again, with a bar that grows', () => {
  const terminal = screen({ isTTY: true, columns: 80 })
  const progress = createProgress(terminal)
  for (const done of [0, 500, 1000]) progress.to(done, 1000)
  progress.end()
  assert.deepEqual(terminal.written, [
    `\r[${' '.repeat(40)}] 0 %, 0 of 1000\x1b[K`,
    `\r[${'#'.repeat(20)}${' '.repeat(20)}] 50 %, 500 of 1000\x1b[K`,
    `\r[${'#'.repeat(40)}] 100 %, 1000 of 1000\x1b[K`,
    '\n',
  ])
})

test('progress on a narrow terminal fits its width, and a terminal without a width counts as 80 columns wide', () => {
  const longest = (columns: number) => {
    const terminal = screen({ isTTY: true, columns })
    createProgress(terminal).to(1000, 1000)
    return (terminal.written[0] ?? '').slice('\r'.length, -'\x1b[K'.length).length
  }
  assert.equal(longest(40), 39)
  assert.equal(longest(0), longest(80))
})

test('progress on a terminal is full and no fuller where rows came or none were there', () => {
  const terminal = screen({ isTTY: true, columns: 80 })
  for (const [done, total] of [
    [1001, 1000],
    [0, 0],
  ] as const)
    createProgress(terminal).to(done, total)
  for (const line of terminal.written) assert.match(line, /^\r\[#{40}\] 100 %/)
})

test('progress elsewhere is a plain line for the beginning and each further tenth', () => {
  const file = screen({ isTTY: false })
  const progress = createProgress(file)
  for (let done = 0; done <= 1000; done += 50) progress.to(done, 1000)
  progress.end()
  const lines = Array.from({ length: 11 }, (_, tenth) => `${tenth * 10} %, ${tenth * 100} of 1000\n`)
  assert.deepEqual(file.written, lines)
})
