/** The fields that profiles of providers and our own table have in common. */
interface UserFields {
  name: string | null
  login: string | null
  email: string | null
  emailVerified: boolean
  picture: string | null
}

/** A user as the pages show them. There is always a name, whatever the provider left out. */
export function presentUser(user: UserFields) {
  const { login, email, emailVerified, picture } = user
  const name = user.name ?? login ?? email ?? 'you'
  return { name, login, email, emailVerified, picture, initial: initial(name) }
}

const segmenter = new Intl.Segmenter()

/** The first character as a reader sees it, which may be several code points. */
export function initial(name: string): string {
  const text = name.trim()
  // ASCII characters are never joined, so most names need no segmenter, which creates much garbage.
  if (/^[!-~]([ -~]|$)/.test(text)) return text.charAt(0).toLocaleUpperCase()
  const [first] = segmenter.segment(text)
  return first?.segment.toLocaleUpperCase() ?? '?'
}
