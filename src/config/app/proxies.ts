import { isIP } from 'node:net'
import { distance } from 'fastest-levenshtein'
import type { NoProxyEntry, Proxies, ProxyServer } from '../../http/proxies.js'
import { joinWords, quotedUrl } from '../errors.js'
import type { EnvValues, SettingsReader, Sources } from '../reader.js'

const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const

type ProxyVariable = (typeof PROXY_VARIABLES)[number]

const PROXY_EXAMPLE = 'http://proxy.example.org:3128'
const HOW_TO_WRITE_PROXY = `write a URL like ${PROXY_EXAMPLE}`
const MAX_PORT = 65_535
const HOST_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/

/** Whether a variable is one of the usual ones for proxies, in upper or lower case, or with `_FILE` at its end. */
export function isProxyVariable(name: string): boolean {
  const upper = name.replace(/_FILE$/i, '').toUpperCase()
  return (name === name.toUpperCase() || name === name.toLowerCase()) && PROXY_VARIABLES.some(known => known === upper)
}

/** The proxies for calls to providers, as curl understands the variables; undefined if no proxy is set. */
export function readProxies(reader: SettingsReader, env: EnvValues): Proxies | undefined {
  const https = readProxy(reader, readVariable(reader, env, 'HTTPS_PROXY'))
  const http = readProxy(reader, readHttpProxyVariable(reader, env))
  // It is not checked where it is not used: desktops set it to a SOCKS proxy together with the other two.
  const isEnough = https && (http || !reader.local)
  const all = isEnough ? undefined : readProxy(reader, readVariable(reader, env, 'ALL_PROXY'))
  const proxies = { https: https ?? all, http: http ?? all, noProxy: readNoProxy(reader, env) }
  if (!proxies.https && !proxies.http) return undefined
  if (!proxies.https) {
    reader.warn(
      proxies.http?.variable ?? 'HTTP_PROXY',
      'is for http:// only, so https:// does not use the proxy; set HTTPS_PROXY for providers',
    )
  }
  return proxies
}

interface VariableInUse {
  variable: string
  value: string
}

/** Lower case has priority, as in curl. An empty value counts as not set, and still hides the other variable. */
function readVariable(reader: SettingsReader, env: EnvValues, name: ProxyVariable): VariableInUse | undefined {
  const lower = env[name.toLowerCase()]
  const upper = env[name]
  const variable = lower === undefined ? name : name.toLowerCase()
  if (lower !== undefined && upper !== undefined && lower !== upper) {
    reader.warn(name, `and ${variable} differ; ${variable} is used`)
  }
  const value = lower ?? upper
  return value ? { variable, value } : undefined
}

/** A CGI program gets HTTP_PROXY from the `Proxy` header of the request (httpoxy, CVE-2016-5385). */
function readHttpProxyVariable(reader: SettingsReader, env: EnvValues): VariableInUse | undefined {
  if (env.REQUEST_METHOD === undefined) return readVariable(reader, env, 'HTTP_PROXY')
  if (env.HTTP_PROXY) {
    reader.warn('HTTP_PROXY', 'is ignored, because REQUEST_METHOD is set: a web server fills it from a header')
  }
  return readVariable(reader, { ...env, HTTP_PROXY: undefined }, 'HTTP_PROXY')
}

function readProxy(reader: SettingsReader, proxy: VariableInUse | undefined): ProxyServer | undefined {
  if (!proxy) return undefined
  const { variable, value } = proxy
  // Host and port without a scheme are common.
  const url = /^(?!https?:)[^/?#]+:\d+\/?$/i.test(value) ? `http://${value}` : value
  const problem = problemOfProxy(url)
  if (problem) return reader.addIssue(variable, `is ${quotedUrl(value)}; ${problem}`)
  const { protocol, hostname, port, username, password } = new URL(url)
  const tls = protocol === 'https:'
  return {
    variable,
    tls,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (tls ? 443 : 80),
    authorization:
      username || password ? basicAuthorization(`${percentDecode(username)}:${percentDecode(password)}`) : undefined,
  }
}

function problemOfProxy(value: string): string | undefined {
  if (/^socks/i.test(value)) return `a proxy that speaks SOCKS cannot be used; ${HOW_TO_WRITE_PROXY}`
  if (/[\s\p{Cc}\\]/u.test(value) || !/^https?:\/\/(?!\/)/i.test(value) || !URL.canParse(value))
    return HOW_TO_WRITE_PROXY
  const { pathname, port, username, password } = new URL(value)
  if (pathname !== '/' || /[?#]/.test(value)) return 'write it without path, query and fragment'
  if (port === '0') return 'port 0 is no port; write the port that the proxy listens on'
  const user = percentDecode(username)
  if (user === undefined || percentDecode(password) === undefined) {
    return 'its user or password has a % that begins no code; percent-encode it'
  }
  return user.includes(':') || /\p{Cc}/u.test(user + percentDecode(password))
    ? 'a user with a colon, and control characters, cannot be sent to a proxy'
    : undefined
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const basicAuthorization = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

function readNoProxy(reader: SettingsReader, env: EnvValues): readonly NoProxyEntry[] {
  const noProxy = readVariable(reader, env, 'NO_PROXY')
  const texts = (noProxy?.value ?? '').split(/[\s,]+/).filter(Boolean)
  return texts.flatMap(text => {
    const entry = readNoProxyEntry(text)
    const wanted = 'write hosts, addresses or ranges, like .example.org or 10.0.0.0/8'
    if (!entry) reader.warn(noProxy?.variable ?? '', `names ${quotedUrl(text)}, which matches nothing; ${wanted}`)
    return entry ?? []
  })
}

/**
 * Reads one entry of NO_PROXY: `*`, a host, `.suffix` or `*.suffix`, an address, a CIDR range, each with an optional
 * port.
 * @returns undefined for an entry that cannot match any host
 */
export function readNoProxyEntry(text: string): NoProxyEntry | undefined {
  if (text === '*') return { text, name: '*' }
  const { host, port } = splitPort(text)
  if (port !== undefined && (Number(port) < 1 || Number(port) > MAX_PORT)) return undefined
  const entry = readNetwork(host) ?? readHostName(host)
  return entry && { text, ...entry, ...(port !== undefined && { port: Number(port) }) }
}

/** In an IPv6 address without brackets, no colon begins a port. */
function splitPort(text: string): { host: string; port?: string } {
  if (isIP(text) === 6) return { host: text }
  const [, bracketed, behind] = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text) ?? []
  if (bracketed !== undefined && isIP(bracketed) === 6) return { host: bracketed, ...(behind && { port: behind }) }
  const [, host, port] = /^([^:]*):(\d{1,5})$/.exec(text) ?? []
  return host !== undefined && port !== undefined ? { host, port } : { host: text }
}

function readNetwork(host: string): Pick<NoProxyEntry, 'network'> | undefined {
  const [address = '', prefix, ...more] = host.split('/')
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (longest === 0 || more.length > 0) return undefined
  if (prefix === undefined) return { network: { address, prefix: longest } }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) return undefined
  return { network: { address, prefix: Number(prefix) } }
}

/** As the URL parser writes it, because the hosts that it is compared with are written so. */
function readHostName(host: string): Pick<NoProxyEntry, 'name' | 'network'> | undefined {
  const bare = host.replace(/^\*?\./, '').replace(/\.$/, '')
  if (/[\s/\\?#@:[\]%]/.test(bare) || !URL.canParse(`http://${bare}`)) return undefined
  const { hostname } = new URL(`http://${bare}`)
  return readNetwork(hostname) ?? (HOST_NAME.test(hostname) ? { name: hostname } : undefined)
}

/**
 * These variables belong to the process environment, because other programs read them too, and do not read our files.
 */
export function checkProxyNames(reader: SettingsReader, { process, files }: Sources): void {
  for (const { name, values } of files) {
    for (const variable of Object.keys(values).filter(isProxyVariable)) {
      reader.addIssue(variable, `is in ${name}; it is read from the process environment only`)
    }
  }
  for (const name of Object.keys(process)) {
    const upper = name.toUpperCase()
    if (isProxyVariable(name)) {
      if (upper.endsWith('_FILE')) reader.addIssue(name, `is not possible; write ${name.slice(0, -5)} itself`)
      continue
    }
    const near = PROXY_VARIABLES.find(known => distance(upper, known) <= 1)
    if (near) reader.warn(name, `is not read; did you mean ${near}?`)
  }
}

/** Describes for the log which proxies are used, without user names and passwords. */
export function describeProxies({ https, http, noProxy }: Proxies): string {
  const used = [...describeProxy('https', https), ...describeProxy('http', http)]
  const exceptions =
    noProxy.length > 0 ? `, and what NO_PROXY names (${joinWords(noProxy.map(({ text }) => text))})` : ''
  return `Calls to providers go through a proxy: ${joinWords(used)}. This machine itself goes past it${exceptions}`
}

const describeProxy = (scheme: string, proxy: ProxyServer | undefined): string[] =>
  proxy ? [`${scheme}:// by ${addressOf(proxy)} (${proxy.variable})`] : []

const addressOf = ({ host, port }: ProxyServer): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
