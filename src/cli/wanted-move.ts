import type { Config } from '../config/types.js'
import type { Provider } from '../providers/provider.js'
import { createProvider } from '../providers/resolve.js'
import type { IdentityMove, IssuerOfProvider } from '../store/types.js'
import { didYouMean } from './nearest.js'
import { plain } from './terminal.js'
import type { CommandContext } from './with-store.js'

const NO_ISSUER = 'none'

type Values = ReadonlyMap<string, string>

/** The move that the options ask for, by what is in the tables; a text says why there is none. */
export async function wantedMove({ store, config }: CommandContext, values: Values): Promise<IdentityMove | string> {
  const provider = values.get('provider') ?? ''
  const issuers = await store.identityMoves.issuersOf(provider)
  const name = plain(provider)
  if (issuers.length === 0)
    return `There is no identity of a provider "${name}".${didYouMean(provider, namesOf(config))}`
  const listed = issuers.map(each => `  ${issuerInWords(each.issuer)}  ${each.identities}`).join('\n')
  const asked = issuerIn(values, 'from-issuer') ?? (issuers.length === 1 ? issuers[0]?.issuer : undefined)
  if (asked === undefined) return `${name} has several issuers. Say which one with --from-issuer:\n${listed}`
  if (!issuers.some(({ issuer }) => issuer === asked)) {
    const there = `These are there, with the number of identities:\n${listed}`
    return `No identity of ${name} has the issuer ${issuerInWords(asked)}. ${there}`
  }
  const from = { provider, issuer: asked }
  const to = target(config, from, values)
  if (typeof to === 'string') return to
  if (to.provider === from.provider && to.issuer === from.issuer) return 'They have this provider and issuer already.'
  return { from, to }
}

function target(config: Config, from: IssuerOfProvider, values: Values): IssuerOfProvider | string {
  const provider = values.get('to-provider') ?? from.provider
  const issuer = issuerIn(values, 'to-issuer')
  const isNamed = namesOf(config).includes(provider)
  if (provider !== from.provider && !isNamed) {
    const there = `It names ${namesOf(config).join(', ')}.${didYouMean(provider, namesOf(config))}`
    return `PROVIDERS does not name "${plain(provider)}", so nobody could sign in there. ${there}`
  }
  const known = issuer ?? configuredIssuer(config, provider)
  if (known !== undefined) return { provider, issuer: known }
  return `${provider} has no fixed issuer, so say which one with --to-issuer.`
}

/** The issuer by which sign-ins at a provider are written down; undefined where PROVIDERS does not name it, or it varies. */
export function configuredIssuer(config: Config, name: string): string | undefined {
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

/** An issuer as people write it: an empty text and `none` are that of a provider without. */
function issuerIn(values: Values, option: 'from-issuer' | 'to-issuer'): string | undefined {
  const value = values.get(option)
  return value === NO_ISSUER ? '' : value
}

export const issuerInWords = (issuer: string): string => plain(issuer) || NO_ISSUER

const namesOf = ({ providers }: Config): string[] => providers.map(({ name }) => name)
