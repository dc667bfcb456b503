import bowser from 'bowser'

/** As much of a user agent is stored; the rest says nothing more. */
const MAX_READ_CHARS = 512
const MAX_SHOWN_CHARS = 40
const UNKNOWN = 'An unknown device'

/** A user agent in words: "Firefox on Linux", "A script (curl)". The client may send any text. */
export function describeUserAgent(userAgent: string | null): string {
  const text = userAgent?.slice(0, MAX_READ_CHARS).trim()
  if (!text) return UNKNOWN
  const { browser, os, platform } = bowser.parse(text)
  const isBrowser = platform.type !== 'bot' && (os.name !== undefined || text.startsWith('Mozilla/'))
  if (!isBrowser) return describeScript(text, platform.type === 'bot' ? browser.name : undefined)
  const system = shorten(platform.vendor === 'Apple' ? (platform.model ?? os.name) : os.name)
  const name = browserName(browser.name)
  if (!system) return name ?? UNKNOWN
  return `${name ?? 'A browser'} on ${system}`
}

function describeScript(text: string, botName: string | undefined): string {
  const name = botName || /^([a-z][\w.-]*)(?:\/|$)/i.exec(text)?.[1]
  return name ? `A script (${shorten(name)})` : UNKNOWN
}

/** Every browser names itself `Mozilla`; and the system is named beside the browser anyway. */
function browserName(name: string | undefined): string | undefined {
  return !name || name === 'Mozilla' ? undefined : shorten(name)?.replace(/ for (?:Android|iOS)$/, '')
}

const shorten = (name: string | undefined): string | undefined => name?.slice(0, MAX_SHOWN_CHARS)
