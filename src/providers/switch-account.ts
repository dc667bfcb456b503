import type { ProtocolName, ProviderSettings } from '../config/types.js'
import type { Params } from '../http/types.js'

/** The parameters with which a provider lets the user choose another account; `unknown`: none are documented. */
export type SwitchParams = Params | 'unknown'

/**
 * The parameters that make a provider let the user choose another account; empty where it does so anyway, undefined
 * where no parameter for it is known.
 * @param promptValues the metadata's `prompt_values_supported`
 */
export type FindSwitchParams = (promptValues?: readonly string[]) => Params | undefined

/** @param given the parameters of the settings, which are never replaced */
export function switchParamsFinder(own: SwitchParams | undefined, given: Params, isOpenId: boolean): FindSwitchParams {
  const givenPrompt = given.find(([name]) => name === 'prompt')?.[1].split(' ') ?? []
  const promptsAlready = givenPrompt.some(word => ACCOUNT_PROMPTS.includes(word))
  return promptValues => {
    if (promptsAlready) return []
    if (own === 'unknown') return undefined
    const wanted = own ?? (isOpenId ? promptFor(promptValues) : undefined)
    return wanted && combineWithGiven(wanted, given)
  }
}

/** OpenID Connect Core, 3.1.2.1. With `login` the user signs in again, possibly to another account. */
const ACCOUNT_PROMPTS = ['select_account', 'login']

function promptFor(supported: readonly string[] | undefined): Params | undefined {
  const word = supported ? ACCOUNT_PROMPTS.find(each => supported.includes(each)) : 'select_account'
  return word === undefined ? undefined : [['prompt', word]]
}

/** Undefined where a setting forbids it, as `prompt=none` does. `prompt` may have several words. */
function combineWithGiven(wanted: Params, given: Params): Params | undefined {
  const all = wanted.map(([name, value]): [string, string] | undefined => {
    const own = given.find(([other]) => other === name)?.[1]
    if (own === undefined || own === value) return [name, value]
    return name === 'prompt' && own !== 'none' ? [name, `${own} ${value}`] : undefined
  })
  return all.every(pair => pair !== undefined) ? all : undefined
}

/** The parameters of the settings win, also those in the query of AUTHORIZE_URL. */
export function switchParamsOf(
  { authorizeParams, authorizeUrl }: ProviderSettings,
  { switchParams, protocol }: { protocol: ProtocolName; switchParams?: SwitchParams | undefined },
): FindSwitchParams {
  const own = authorizeUrl === undefined ? [] : [...new URL(authorizeUrl).searchParams]
  return switchParamsFinder(switchParams, [...authorizeParams, ...own], protocol === 'oidc')
}
