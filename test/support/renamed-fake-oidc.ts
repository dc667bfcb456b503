import { Agent } from 'undici'
import type { FakeOidc, OidcOverrides } from './fake-oidc.js'
import { metadataOf } from './fake-oidc-responses.js'

/** Gives a fake OpenID provider another origin: its metadata and its ID tokens name that one from now on. */
export function renameFakeOidc(op: FakeOidc, origin: string, more: OidcOverrides = {}): void {
  op.override({ metadata: metadataOf(origin, undefined), claims: { iss: origin }, ...more })
}

/** How a browser connects that finds every name on this machine. */
export const browserOnThisMachine = (ca?: Buffer): Agent =>
  new Agent({
    connect: {
      ...(ca && { ca }),
      lookup: (_host, { all }, done) =>
        all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    },
  })
