const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----([\s\S]*?)-----END \1-----/
const PRIVATE_PEM = /-----BEGIN ([A-Z0-9 ]{0,30}PRIVATE KEY)-----([\s\S]*?)-----END \1-----/
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/

/**
 * Restores the PEM text of a key that was written in quotes, on one line with `\n` or `\\n` or spaces for the ends
 * of lines, or as base64 of the whole file. Any other text is returned unchanged.
 */
export function restorePem(value: string): string {
  const unquoted = removeQuotes(value.replace(/^\u{feff}/u, '').trim())
  const lines = unquoted
    .replace(/\\+n/g, '\n')
    .replace(/\\+r/g, '')
    .replace(/\\+(?=\n)/g, '')
  const text = PEM.test(lines) ? lines : (decodeBase64Pem(unquoted) ?? lines)
  // A file can have other blocks beside the key, such as the parameters of its curve.
  const [, label, body] = PRIVATE_PEM.exec(text) ?? []
  return label !== undefined && body !== undefined && BASE64.test(body)
    ? formatPem(label, body.replace(/\s/g, ''))
    : text
}

const removeQuotes = (text: string): string => /^(["'`])([\s\S]*)\1$/.exec(text)?.[2] ?? text

function decodeBase64Pem(text: string): string | undefined {
  if (!BASE64.test(text)) return undefined
  const decoded = Buffer.from(text, 'base64').toString('latin1')
  return PEM.test(decoded) ? decoded : undefined
}

const formatPem = (label: string, body: string): string =>
  [`-----BEGIN ${label}-----`, ...(body.match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ''].join('\n')

/** Describes a text that is not the required key: its kind, and nothing of its content. */
export function describeWrongKey(text: string): string {
  const [, label] = PEM.exec(text) ?? []
  if (label?.includes('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(text)) return 'it is encrypted with a pass phrase'
  if (label !== undefined && !label.endsWith('PRIVATE KEY')) return `it is a ${label}`
  if (label !== undefined) return 'it is a private key of another kind, or damaged'
  if (text.includes('-----BEGIN ')) return 'its -----END line is missing'
  if (/^[./~][\w./@-]+$|\.(p8|pem|key)$/.test(text.trim())) return 'it looks like the path of a file'
  if (BASE64.test(text)) return 'it has no -----BEGIN and -----END lines'
  return 'it has no -----BEGIN line'
}
