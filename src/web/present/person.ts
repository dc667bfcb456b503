/** What providers and our own table tell about a person alike. */
interface Facts {
  name: string | null
  login: string | null
  email: string | null
  emailVerified: boolean
  picture: string | null
}

/** A person as the pages show them: with something to call them by, whatever the provider left out. */
export function person(user: Facts) {
  const { login, email, emailVerified, picture } = user
  const name = user.name ?? login ?? email ?? 'you'
  return { name, login, email, emailVerified, picture, initial: initial(name) }
}

// To make one costs more than to use it.
const segmenter = new Intl.Segmenter()

/** The first character as a reader sees it, which may be several code points. */
export function initial(name: string): string {
  const [first] = segmenter.segment(name.trim())
  return first?.segment.toLocaleUpperCase() ?? '?'
}
