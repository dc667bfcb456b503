import type { SafePath } from '../accounts/return-path.js'

declare const ownBrand: unique symbol
/** A path of this app, BASE_PATH included, written by us and not by a visitor. */
export type OwnPath = string & { readonly [ownBrand]: 'OwnPath' }

export interface Links {
  home: OwnPath
  profile: OwnPath
  login(returnTo?: SafePath): OwnPath
  loginWith(provider: string, returnTo?: SafePath): OwnPath
  /** A callback path, with the sealed answer that was posted there. */
  answered(callbackPath: string, answer: string): OwnPath
  signedOut: OwnPath
  /** Whether what is there answers JSON, also to a caller who names no media type. */
  speaksJson(path: string): boolean
}

const JSON_ONLY = ['/api/', '/health/']

/** The paths that pages and redirects lead to. */
export function createLinks(basePath: string): Links {
  const own = (path: string) => `${basePath}${path}` as OwnPath
  const withReturn = (path: string, returnTo?: SafePath) =>
    own(returnTo ? `${path}?${new URLSearchParams({ return_to: returnTo })}` : path)
  return {
    home: own('/'),
    profile: own('/profile'),
    login: returnTo => withReturn('/login', returnTo),
    loginWith: (provider, returnTo) => withReturn(`/login/${provider}`, returnTo),
    answered: (callbackPath, answer) => own(`${callbackPath}?${new URLSearchParams({ answer })}`),
    signedOut: own('/signed-out'),
    speaksJson: path => JSON_ONLY.some(folder => path.startsWith(own(folder))) || path.endsWith('/backchannel-logout'),
  }
}
