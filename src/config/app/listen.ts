import { isIP } from 'node:net'
import { normalize } from 'node:path/posix'
import { quoted } from '../errors.js'
import type { SettingsReader, Sources } from '../reader.js'
import type { ListenAddress, ListenOptions } from '../types.js'
import { readDurationMs, readList } from '../value-readers.js'

// sd_listen_fds(3): the sockets that systemd hands over begin after the three standard streams.
const FIRST_SOCKET_FD = 3

// unix(7): the limit of Linux.
const MAX_SOCKET_PATH_BYTES = 107
const HOW_TO_WRITE_ADDRESS = 'write an address without port, like 127.0.0.1, 0.0.0.0 or ::'
const KEEP_ALIVE_DEFAULT_MS = 130_000

// No proxy keeps an unused connection for so long; a longer time is a mistake.
const KEEP_ALIVE_MAX_MS = 4 * 3_600_000

/** The entry for a proxy that connects to a socket file, and therefore has no address. */
const SOCKET_FILE = 'unix'

/** LISTEN_HOST and PORT, or the socket that systemd hands over in their place. */
export function readListen(reader: SettingsReader, sources: Sources): ListenOptions {
  const port = readPort(reader)
  const host = reader.value('LISTEN_HOST')
  const inherited = readInheritedSocket(reader, sources)
  if (inherited) {
    warnUnused(reader, ['LISTEN_HOST', 'PORT'], 'the app listens on the socket of LISTEN_FDS')
    return inherited
  }
  if (host?.startsWith('unix:')) return readSocketFile(reader, host)
  return {
    host: readHost(reader) ?? '127.0.0.1',
    port: port ?? 3000,
    tryNextPort: reader.local && port === undefined,
  }
}

/** Variables of the process, not settings: systemd sets them for the one process that it starts. */
function readInheritedSocket(reader: SettingsReader, { process, pid }: Sources): ListenOptions | undefined {
  const { LISTEN_FDS: count, LISTEN_PID: owner } = process
  const isForUs = !owner || owner === String(pid)
  if (!count || count === '0' || !isForUs) return undefined
  if (!/^[1-9]\d{0,3}$/.test(count)) {
    return reader.addIssue('LISTEN_FDS', `is ${quoted(count)}; it must be a number of sockets, as systemd writes it`)
  }
  if (count !== '1') reader.warn('LISTEN_FDS', `hands over ${count} sockets; only the first is used`)
  return { fd: FIRST_SOCKET_FD }
}

function readSocketFile(reader: SettingsReader, value: string): ListenOptions {
  const path = value.slice('unix:'.length)
  const problem = problemOfSocketPath(path)
  if (problem) reader.addIssue('LISTEN_HOST', `is ${quoted(value)}; ${problem}`)
  warnUnused(reader, ['PORT'], 'LISTEN_HOST is a socket file')
  // In other environments it is always required.
  if (reader.local && reader.value('PUBLIC_URL') === undefined) {
    reader.missing('PUBLIC_URL', '; a socket file has no port, so write the origin that browsers use')
  }
  return { path: normalize(path) }
}

function problemOfSocketPath(path: string): string | undefined {
  if (!/^\/[^\p{Cc}]*[^/\p{Cc}]$/u.test(path))
    return 'write unix: and the whole path of a file, like unix:/run/vestibule/http.sock'
  const bytes = Buffer.byteLength(normalize(path))
  return bytes > MAX_SOCKET_PATH_BYTES
    ? `the path of a socket has at most ${MAX_SOCKET_PATH_BYTES} bytes, and this one ${bytes}`
    : undefined
}

function warnUnused(reader: SettingsReader, names: readonly ('LISTEN_HOST' | 'PORT')[], reason: string): void {
  for (const name of names) {
    if (reader.value(name) !== undefined) reader.warn(name, `is not used, because ${reason}`)
  }
}

function readHost(reader: SettingsReader): ListenAddress['host'] | undefined {
  const host = reader.value('LISTEN_HOST')
  const isName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i
  const isIpv6 = /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f.:]*(%\w+)?$/i
  if (host === undefined || isName.test(host) || isIpv6.test(host)) return host
  return reader.addIssue(
    'LISTEN_HOST',
    `is ${quoted(host)}; ${HOW_TO_WRITE_ADDRESS}, or a socket file, like unix:/run/vestibule/http.sock`,
  )
}

function readPort(reader: SettingsReader): number | undefined {
  const port = reader.value('PORT')
  if (port === undefined) return undefined
  if (/^\d{1,5}$/.test(port) && Number(port) <= 65535) return Number(port)
  return reader.addIssue('PORT', `is ${quoted(port)}; write a number from 0 (any free port) to 65535`)
}

/** KEEP_ALIVE, in milliseconds. */
export function readKeepAliveMs(reader: SettingsReader): number {
  const keepAliveMs = readDurationMs(reader, 'KEEP_ALIVE') ?? KEEP_ALIVE_DEFAULT_MS
  if (keepAliveMs > KEEP_ALIVE_MAX_MS) {
    reader.addIssue(
      'KEEP_ALIVE',
      `is ${quoted(reader.value('KEEP_ALIVE') ?? '')}; write a time of 4h at most, like 130s`,
    )
  }
  return keepAliveMs
}

/**
 * TRUSTED_PROXIES: addresses, CIDR ranges, and `unix` for the proxy at a socket file. A range of all addresses is an
 * issue: each visitor could choose their own address.
 */
export function readTrustedProxies(reader: SettingsReader, listen: ListenOptions): readonly string[] {
  const ranges = readList(reader, 'TRUSTED_PROXIES') ?? []
  for (const range of ranges) {
    if (range === SOCKET_FILE) {
      if ('host' in listen) reader.warn('TRUSTED_PROXIES', 'names unix, but LISTEN_HOST is not a socket file')
      continue
    }
    const [address = '', prefix, ...more] = range.split('/')
    const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
    const isRange =
      prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= longest)
    if (longest > 0 && isRange && more.length === 0) continue
    reader.addIssue(
      'TRUSTED_PROXIES',
      `names ${quoted(range)}; write addresses or ranges, like 127.0.0.1 or 10.0.0.0/8, or unix`,
    )
  }
  return ranges
}
