import { quotedUrl } from './errors.js'
import { isReservedParam } from './provider/extra-params.js'
import type { SettingsReader } from './reader.js'
import type { SettingName } from './settings.js'

const ORIGIN_URL = /^https?:\/\/[^/\\?#@\s]+\/?$/i

/**
 * An origin, without a trailing slash.
 * @param nearest how to write a value that is not an origin, where that is clear
 */
export function readOrigin(
  reader: SettingsReader,
  name: SettingName,
  example: string,
  nearest: (value: string) => string | undefined = () => undefined,
): URL | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  if (ORIGIN_URL.test(value) && URL.canParse(value)) {
    if (value.endsWith('/')) reader.warn(name, 'ends with a slash, which is left out')
    return new URL(value)
  }
  const wanted = `write scheme and host alone, like ${example}, with no path, query, fragment or user name`
  return reader.addIssue(name, `is ${quotedUrl(value)}; ${nearest(value) ?? wanted}`)
}

/** The origin of the app in a browser on this machine. The URL parser removes a default port, as browsers do. */
export const localOrigin = (port: number | undefined): string => new URL(`http://localhost:${port ?? ''}`).origin

/** The URL of a provider's endpoint, as it was written. */
export function readEndpoint(reader: SettingsReader, name: SettingName): string | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  const problem = problemOfEndpoint(reader, value)
  return problem ? reader.addIssue(name, `is ${quotedUrl(value)}; ${problem}`) : value
}

function problemOfEndpoint(reader: SettingsReader, value: string): string | undefined {
  if (!/^https?:\/\/(?!\/)[^\s\\]+$/i.test(value) || !URL.canParse(value)) {
    return 'write a whole URL, like https://provider.example.org/path'
  }
  const url = new URL(value)
  if (url.username || url.password) return 'write it without user name and password'
  if (value.includes('#')) return 'write it without a fragment'
  const reserved = [...url.searchParams.keys()].find(isReservedParam)
  if (reserved) return `its query may not carry ${reserved}, which the protocol sets itself`
  if (url.protocol === 'http:' && !reader.local) return `${reader.environment} needs https://`
  return undefined
}

/** Whether a host name of a URL, or an address to listen on, can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}
