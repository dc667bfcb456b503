import type { SafePath } from '../accounts/accounts.js'

declare const ownBrand: unique symbol
/** A path of this app, BASE_PATH included, written by us and not by a visitor. */
export type OwnPath = string & { readonly [ownBrand]: 'OwnPath' }

export interface Links {
  home: OwnPath
  profile: OwnPath
  login(returnTo?: SafePath): OwnPath
  account: OwnPath
  /** The same page, which then offers to connect this provider. */
  accountToLink(provider: string): OwnPath
  /** @param join the ticket of a sign-in that waits to be joined to the account this one leads to */
  loginWith(provider: string, returnTo?: SafePath, join?: string): OwnPath
  /** A callback path behind BASE_PATH. */
  callback(path: string): OwnPath
  /** The same, where the provider is asked to let the person choose another account. */
  switchAccount(provider: string, returnTo?: SafePath): OwnPath
  /** A callback path, with the sealed answer that was posted there. */
  callbackWithResponse(callbackPath: string, response: string): OwnPath
  signedOut: OwnPath
  isSignOut(path: string): boolean
  /** Whether what is there answers JSON, also to a caller who names no media type. */
  isJsonOnly(path: string): boolean
}

const JSON_ONLY_FOLDERS = ['/api/', '/health/']

/** The paths that pages and redirects lead to. */
export function createLinks(basePath: string): Links {
  const toOwnPath = (path: string) => `${basePath}${path}` as OwnPath
  const withQuery = (path: string, query: Record<string, string | undefined>) => {
    const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
    return toOwnPath(given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path)
  }
  return {
    home: toOwnPath('/'),
    profile: toOwnPath('/profile'),
    account: toOwnPath('/account'),
    accountToLink: provider => withQuery('/account', { connect: provider }),
    login: returnTo => withQuery('/login', { return_to: returnTo }),
    loginWith: (provider, returnTo, join) => withQuery(`/login/${provider}`, { return_to: returnTo, join }),
    callback: toOwnPath,
    switchAccount: (provider, returnTo) => withQuery(`/login/${provider}`, { switch: '1', return_to: returnTo }),
    callbackWithResponse: (callbackPath, response) => withQuery(callbackPath, { answer: response }),
    signedOut: toOwnPath('/signed-out'),
    isSignOut: path => path === toOwnPath('/logout'),
    isJsonOnly: path =>
      JSON_ONLY_FOLDERS.some(folder => path.startsWith(toOwnPath(folder))) || path.endsWith('/backchannel-logout'),
  }
}
