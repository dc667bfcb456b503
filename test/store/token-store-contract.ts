import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StoredTokens, TokenStore } from '../../src/store/types.js'

/** A token store, and the ids of identities that it may keep tokens of; each call has a new one. */
export interface OpenedTokenStore {
  tokens: TokenStore
  newIdentity(): Promise<string> | string
}

const NOW = 1_750_000_000_000

const full: StoredTokens = {
  accessToken: 'access token',
  tokenSecret: 'token secret',
  refreshToken: 'refresh token',
  tokenType: 'bearer',
  scope: 'read:user user:email',
  expiresAt: NOW + 3_600_000,
  refreshExpiresAt: NOW + 86_400_000,
}
const bare: StoredTokens = {
  accessToken: 'another access token',
  tokenSecret: undefined,
  refreshToken: undefined,
  tokenType: 'DPoP',
  scope: undefined,
  expiresAt: undefined,
  refreshExpiresAt: undefined,
}
/** Every character that RFC 6749 (appendix A.12) allows, in no small number. */
const printable = Array.from({ length: 0x5f }, (_, at) => String.fromCharCode(0x20 + at)).join('')

const NOTHING = { tokenSecret: undefined, refreshToken: undefined, scope: undefined }
const NEVER = { expiresAt: undefined, refreshExpiresAt: undefined }

/** What is undefined need not be there at all. */
async function loaded(tokens: TokenStore, id: string): Promise<StoredTokens | undefined> {
  const found = await tokens.load(id)
  return found && { ...NOTHING, ...NEVER, ...found }
}

/** Rules about one store; each has an identity of its own. */
type Rule = (opened: OpenedTokenStore, id: string) => Promise<void>

const RULES: Readonly<Record<string, Rule>> = {
  'an identity that nothing was saved for has no tokens': async ({ tokens }, id) => {
    assert.equal(await tokens.load(id), undefined)
  },

  'every field is loaded as it was saved, and what is missing stays missing': async ({ tokens }, id) => {
    for (const saved of [full, bare, { ...bare, scope: '', refreshToken: 'r', expiresAt: 0 }]) {
      await tokens.save(id, saved, NOW)
      assert.deepEqual(await loaded(tokens, id), saved)
    }
  },

  'saving replaces the whole: what is not there any more, a refresh token for instance, is gone': async (
    { tokens },
    id,
  ) => {
    await tokens.save(id, full, NOW)
    await tokens.save(id, bare, NOW + 1)
    assert.deepEqual(await loaded(tokens, id), bare)
  },

  'no character and no length of a token is lost': async ({ tokens }, id) => {
    const long = printable.repeat(200)
    const saved = { ...full, accessToken: long, tokenSecret: printable, refreshToken: ` ${long} ` }
    await tokens.save(id, saved, NOW)
    assert.deepEqual(await loaded(tokens, id), saved)
  },

  'removed tokens are gone, and can be saved anew': async ({ tokens }, id) => {
    await tokens.save(id, full, NOW)
    await tokens.remove(id)
    assert.equal(await tokens.load(id), undefined)
    await tokens.save(id, bare, NOW + 1)
    assert.deepEqual(await loaded(tokens, id), bare)
  },

  'to remove where nothing is does no harm': async ({ tokens }, id) => {
    await tokens.remove(id)
    await tokens.save(id, full, NOW)
    await tokens.remove(id)
    await tokens.remove(id)
    assert.equal(await tokens.load(id), undefined)
  },

  'identities have nothing to do with each other': async ({ tokens, newIdentity }, id) => {
    const other = await newIdentity()
    await tokens.save(id, full, NOW)
    assert.equal(await tokens.load(other), undefined)
    await tokens.save(other, bare, NOW)
    assert.deepEqual(await loaded(tokens, id), full)
    await tokens.remove(id)
    assert.deepEqual(await loaded(tokens, other), bare)
  },

  'what was handed over or handed out belongs to the caller, who may change it': async ({ tokens }, id) => {
    const saved = { ...full }
    await tokens.save(id, saved, NOW)
    saved.accessToken = 'changed after it was saved'
    const handedOut = await tokens.load(id)
    if (handedOut) handedOut.refreshToken = 'changed after it was loaded'
    assert.deepEqual(await loaded(tokens, id), full)
  },

  'of many saves at once one stays, whole': async ({ tokens }, id) => {
    const candidates = Array.from({ length: 20 }, (_, turn) => ({
      ...full,
      accessToken: `access ${turn}`,
      refreshToken: `refresh ${turn}`,
      scope: `scope ${turn}`,
      expiresAt: NOW + turn,
    }))
    await Promise.all(candidates.map(candidate => tokens.save(id, candidate, NOW)))
    const last = await loaded(tokens, id)
    assert.deepEqual(
      last,
      candidates.find(({ accessToken }) => accessToken === last?.accessToken),
    )
  },
}

/**
 * What every token store has to hold, whoever makes it. Runs as a suite of node:test.
 * @param open a store; called once for each rule
 */
export function tokenStoreContract(name: string, open: () => Promise<OpenedTokenStore> | OpenedTokenStore): void {
  describe(name, () => {
    for (const rule of Object.keys(RULES)) {
      test(rule, async () => {
        await assertRule(rule, await open())
      })
    }
  })
}

export const tokenStoreRules: readonly string[] = Object.keys(RULES)

/** @throws AssertionError where the store breaks a rule */
export async function assertRule(rule: string, opened: OpenedTokenStore): Promise<void> {
  await RULES[rule]?.(opened, await opened.newIdentity())
}
