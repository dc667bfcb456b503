/** The text of a file, or why it cannot be read: a phrase that follows the name of the file. */
export type FileContent = { text: string } | { problem: string }

const NEWLINE = 0x0a

/** Decodes UTF-8 and removes its byte order mark. No other encoding is guessed. */
export function decodeText(bytes: Uint8Array): FileContent {
  if (isUtf16(bytes)) return { problem: 'is saved as UTF-16; save it as UTF-8' }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { problem: `is not valid UTF-8 in line ${findInvalidLine(bytes)}; save it as UTF-8` }
  const nul = text.indexOf('\0')
  if (nul < 0) return { text }
  return { problem: `has a NUL character in line ${text.slice(0, nul).split('\n').length}; take it out` }
}

/** UTF-16 begins with a byte order mark, or has a NUL beside each letter of English text. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  const zeros = bytes.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0)
  return bytes.length > 1 && zeros * 3 >= bytes.length
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** In UTF-8 the byte of a newline is never a part of another character, so each line can be decoded alone. */
function findInvalidLine(bytes: Uint8Array): number {
  let start = 0
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(NEWLINE, start)
    if (end < 0 || decodeUtf8(bytes.subarray(start, end)) === undefined) return line
    start = end + 1
  }
}
