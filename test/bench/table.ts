import { NAMES, type Name } from './contenders.js'
import type { Ratio, Result } from './report.js'

const TITLES: Record<Ratio['to'], string> = {
  ...{ vestibule: 'Vestibule', koa: 'bare Koa', passport: 'passport app', jose: 'jose' },
}

/** The results for people. */
export function table(results: readonly Result[]): string {
  const head = ['', ...NAMES.map(name => TITLES[name]), 'ratios, with their goals']
  const rows = results.map(result => [
    result.name,
    ...NAMES.map(name => figure(result, name)),
    [...result.ratios.map(ratio), ...(result.goal ? [`goal: ${result.goal}`] : [])].join('; '),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(cells => cells[column]?.length ?? 0)))
  return [head, ...rows].map(cells => line(cells, widths)).join('\n')
}

/** Words to the left, figures to the right. */
function line(cells: readonly string[], widths: readonly number[]): string {
  const last = cells.length - 1
  return cells
    .map((cell, column) => {
      const width = widths[column] ?? 0
      return column === 0 || column === last ? cell.padEnd(width) : cell.padStart(width)
    })
    .join('  ')
    .trimEnd()
}

function figure({ figures, unit }: Result, name: Name): string {
  const value = figures[name]
  return value === undefined ? '-' : `${Math.round(value)}${unit && ` ${unit}`}`
}

const ratio = ({ to, value, goal }: Ratio): string =>
  `${value.toFixed(2)} of ${TITLES[to]}${goal && ` (goal: ${goal})`}`
