import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { clientAddress, trustedProxies } from '../../src/net/client-address.js'
import { damaged, nasty } from './inputs.js'
import { property } from './property.js'

const trusted = trustedProxies(['127.0.0.1', '::1', '10.0.0.0/8', 'fd00::/8'])

const OURS = ['127.0.0.1', '::1', '10.1.2.3', 'fd00::1', '::ffff:10.1.2.3']
const VISITORS = ['203.0.113.7', '2001:db8::7', '192.0.2.1']
const address = fc.oneof(fc.constantFrom(...OURS, ...VISITORS), fc.ipV4(), fc.ipV6())
const written = fc.oneof(
  address,
  address.map(each => ` ${each} `),
  address.map(each => (isIP(each) === 6 ? `[${each}]:443` : `${each}:443`)),
  damaged(address),
  nasty('unknown', '_hidden', '10.0.0.1', '[', ']', ':', '%eth0', '127.1', '0x7f.1', '010.0.0.1'),
)
const chain = fc
  .array(written, { maxLength: 6 })
  .map(list => list.join(','))
  .map(header => header.replace(/[^\t\x20-\x7e\x80-\xff]/g, ''))

/** Whatever stands in X-Forwarded-For. */
export const forwarded = property(
  'the client is the peer, or whom our proxies saw: what stands left of that changes nothing',
  fc.record({ peer: address, forwardedFor: chain, made: chain, seen: fc.constantFrom(...VISITORS) }),
  ({ peer, forwardedFor, made, seen }) => {
    const client = clientAddress({ peer, forwardedFor, trusted }) ?? ''
    assert.notEqual(isIP(client), 0)
    if (!trusted(bare(peer))) assert.equal(client, bare(peer))
    // Whoever our proxy saw is the client, whatever they themselves wrote before.
    const behindOurs = clientAddress({ peer: '10.1.2.3', forwardedFor: `${made}, ${seen}, 127.0.0.1`, trusted })
    assert.equal(behindOurs, seen)
    if (!trusted(client)) {
      assert.equal(clientAddress({ peer, forwardedFor: `${made},${forwardedFor}`, trusted }), client)
    }
  },
)

const bare = (peer: string): string => peer.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase()
