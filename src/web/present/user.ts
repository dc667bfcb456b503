/** What providers and our own table tell about a person alike. */
interface UserFields {
  name: string | null
  login: string | null
  email: string | null
  emailVerified: boolean
  picture: string | null
}

/** A person as the pages show them: with something to call them by, whatever the provider left out. */
export function presentUser(user: UserFields) {
  const { login, email, emailVerified, picture } = user
  const name = user.name ?? login ?? email ?? 'you'
  return { name, login, email, emailVerified, picture, initial: initial(name) }
}

const segmenter = new Intl.Segmenter()

/** The first character as a reader sees it, which may be several code points. */
export function initial(name: string): string {
  const text = name.trim()
  // Nothing joins two characters of ASCII, and most names need no segmenter, which leaves much for the garbage collector.
  if (/^[!-~]([ -~]|$)/.test(text)) return text.charAt(0).toLocaleUpperCase()
  const [first] = segmenter.segment(text)
  return first?.segment.toLocaleUpperCase() ?? '?'
}
