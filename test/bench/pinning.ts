import { spawnSync } from 'node:child_process'

/**
 * Keeps this process, and the provider it starts, on the last core, so that the contenders have the first to themselves.
 * @returns what a contender's command begins with; nothing where `taskset` or a second core is missing
 */
export function pinOurselves(): readonly string[] {
  const cores = allowedCores()
  const [first] = cores
  const last = cores.at(-1)
  if (first === undefined || first === last) return []
  const { status } = spawnSync('taskset', ['-apc', String(last), String(process.pid)])
  return status === 0 ? ['taskset', '-c', String(first)] : []
}

/** As `taskset` tells them: "pid 4711's current affinity list: 0-3,6". */
function allowedCores(): number[] {
  const { stdout } = spawnSync('taskset', ['-pc', String(process.pid)], { encoding: 'utf8' })
  const list = /: ([\d,-]+)\s*$/.exec(stdout ?? '')?.[1] ?? ''
  return list
    .split(',')
    .filter(Boolean)
    .flatMap(range => range.split('-').map(Number))
}
