import type { Config } from '../../config/types.js'
import { createProvider } from '../../providers/create-provider.js'
import type { Provider } from '../../providers/provider.js'
import type { IdentityMove, ProviderIssuer } from '../../store/types.js'
import { didYouMean } from '../command-line/arguments.js'
import type { CommandContext } from '../command-line/context.js'
import { printable } from '../command-line/terminal.js'

const NO_ISSUER = 'none'

type Values = ReadonlyMap<string, string>

/** The move that the options ask for, checked against the database. A returned text says why it is not possible. */
export async function readMove({ store, config }: CommandContext, values: Values): Promise<IdentityMove | string> {
  const provider = values.get('provider') ?? ''
  const issuers = await store.identityMoves.listIssuers(provider)
  const name = printable(provider)
  if (issuers.length === 0)
    return `There is no identity of a provider "${name}".${didYouMean(provider, providerNamesOf(config))}`
  const listed = issuers.map(each => `  ${issuerLabel(each.issuer)}  ${each.identities}`).join('\n')
  const fromIssuer = issuerOption(values, 'from-issuer') ?? (issuers.length === 1 ? issuers[0]?.issuer : undefined)
  if (fromIssuer === undefined) return `${name} has several issuers. Say which one with --from-issuer:\n${listed}`
  if (!issuers.some(({ issuer }) => issuer === fromIssuer)) {
    const listedIssuers = `These are there, with the number of identities:\n${listed}`
    return `No identity of ${name} has the issuer ${issuerLabel(fromIssuer)}. ${listedIssuers}`
  }
  const from = { provider, issuer: fromIssuer }
  const to = readMoveTarget(config, from, values)
  if (typeof to === 'string') return to
  if (to.provider === from.provider && to.issuer === from.issuer) return 'They have this provider and issuer already.'
  return { from, to }
}

function readMoveTarget(config: Config, from: ProviderIssuer, values: Values): ProviderIssuer | string {
  const provider = values.get('to-provider') ?? from.provider
  const issuer = issuerOption(values, 'to-issuer')
  const isNamed = providerNamesOf(config).includes(provider)
  if (provider !== from.provider && !isNamed) {
    const there = `It names ${providerNamesOf(config).join(', ')}.${didYouMean(provider, providerNamesOf(config))}`
    return `PROVIDERS does not name "${printable(provider)}", so no user could sign in there. ${there}`
  }
  const known = issuer ?? issuerInSettings(config, provider)
  if (known !== undefined) return { provider, issuer: known }
  return `${provider} has no fixed issuer, so say which one with --to-issuer.`
}

/**
 * The issuer that identities of a provider get by the settings; undefined where PROVIDERS does not name it, or where
 * the issuer varies.
 */
export function issuerInSettings(config: Config, name: string): string | undefined {
  const settings = config.providers.find(each => each.name === name)
  return settings && fixedIssuer(createProvider(settings, config.devProvider?.url ?? config.publicUrl ?? ''))
}

function fixedIssuer(provider: Provider): string | undefined {
  switch (provider.protocol) {
    case 'oidc':
      return provider.issuerOf ? undefined : provider.issuer
    case 'oauth2':
      return provider.issuer ?? ''
    case 'oauth1':
      return ''
  }
}

/** An issuer on the command line: an empty text and `none` mean a provider without one. */
function issuerOption(values: Values, option: 'from-issuer' | 'to-issuer'): string | undefined {
  const value = values.get(option)
  return value === NO_ISSUER ? '' : value
}

export const issuerLabel = (issuer: string): string => printable(issuer) || NO_ISSUER

const providerNamesOf = ({ providers }: Config): string[] => providers.map(({ name }) => name)
