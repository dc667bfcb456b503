import { quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { findSetting, type SettingName } from '../settings.js'

// The protocol sets these parameters itself; a second value could undo the protection of the first.
const RESERVED_PARAMS = new Set([
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
  'dpop_jkt',
  'grant_type',
  'code',
  'code_verifier',
  'client_secret',
  'refresh_token',
])
const RESERVED_PREFIXES = ['client_assertion', 'oauth_']

// RFC 6749, appendix A: the characters of a parameter's name.
const PARAM_NAME = /^[-._A-Za-z0-9]+$/

/** Whether the protocol sets a parameter itself. The case does not matter, because some servers ignore it. */
export function isReservedParam(name: string): boolean {
  const lower = name.toLowerCase()
  return RESERVED_PARAMS.has(lower) || RESERVED_PREFIXES.some(prefix => lower.startsWith(prefix))
}

/** Extra parameters, written as a query string. */
export function readExtraParams(reader: SettingsReader, name: SettingName): [name: string, value: string][] {
  const value = reader.value(name)
  if (value === undefined) return []
  const params = [...new URLSearchParams(value)]
  if (params.length === 0) reader.addIssue(name, 'holds no parameter; write a query string, like prompt=login')
  for (const [param] of params) {
    if (isReservedParam(param)) {
      reader.addIssue(name, `may not set ${param}, which the protocol sets itself; take it out`)
    } else if (!PARAM_NAME.test(param)) {
      // The value of a secret setting may be the secret alone, without the name of a parameter.
      const found = findSetting(name)?.secret
        ? 'a parameter name that cannot be used'
        : `the parameter name ${quoted(param)}`
      reader.addIssue(name, `has ${found}; write a query string, like prompt=login`)
    }
  }
  return params
}
