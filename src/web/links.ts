import type { SafePath } from '../accounts/accounts.js'

declare const ownBrand: unique symbol
/** A path of this app with its BASE_PATH. It comes from this file and not from a request. */
export type OwnPath = string & { readonly [ownBrand]: 'OwnPath' }

export interface Links {
  home: OwnPath
  profile: OwnPath
  login(returnTo?: SafePath): OwnPath
  account: OwnPath
  /** The account page, which then offers to connect this provider. */
  accountToLink(provider: string): OwnPath
  /** @param linkToken names another identity, which is linked to the account that this sign-in leads to */
  loginWith(provider: string, returnTo?: SafePath, linkToken?: string): OwnPath
  /** @param callbackPath without BASE_PATH */
  callback(callbackPath: string): OwnPath
  /** A sign-in where the provider lets the user choose another account. */
  switchAccount(provider: string, returnTo?: SafePath): OwnPath
  /** The callback with the sealed response that the provider posted to it. */
  callbackWithResponse(callbackPath: string, sealedResponse: string): OwnPath
  signedOut: OwnPath
  isSignOut(path: string): boolean
  /** Whether this path responds with JSON also to a client that names no media type. */
  isJsonOnly(path: string): boolean
}

const JSON_ONLY_FOLDERS = ['/api/', '/health/']

/** The paths that pages and redirects lead to. */
export function createLinks(basePath: string): Links {
  const toOwnPath = (path: string) => `${basePath}${path}` as OwnPath
  const withQuery = (path: string, query: Record<string, string | undefined>) => {
    const present = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
    return toOwnPath(present.length > 0 ? `${path}?${new URLSearchParams(present)}` : path)
  }
  return {
    home: toOwnPath('/'),
    profile: toOwnPath('/profile'),
    account: toOwnPath('/account'),
    accountToLink: provider => withQuery('/account', { connect: provider }),
    login: returnTo => withQuery('/login', { return_to: returnTo }),
    loginWith: (provider, returnTo, linkToken) =>
      withQuery(`/login/${provider}`, { return_to: returnTo, join: linkToken }),
    callback: toOwnPath,
    switchAccount: (provider, returnTo) => withQuery(`/login/${provider}`, { switch: '1', return_to: returnTo }),
    callbackWithResponse: (callbackPath, sealedResponse) => withQuery(callbackPath, { answer: sealedResponse }),
    signedOut: toOwnPath('/signed-out'),
    isSignOut: path => path === toOwnPath('/logout'),
    isJsonOnly: path =>
      JSON_ONLY_FOLDERS.some(folder => path.startsWith(toOwnPath(folder))) || path.endsWith('/backchannel-logout'),
  }
}
