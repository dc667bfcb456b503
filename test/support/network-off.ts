// Imported before the tests (`node --import`): what they start reaches this machine and nothing else.
import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net, { type LookupFunction, type TcpSocketConnectOpts } from 'node:net'

const loopback = new net.BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

const isLocal = (host: string): boolean =>
  net.isIP(host) === 0 ? host.toLowerCase() === 'localhost' : loopback.check(host, net.isIPv6(host) ? 'ipv6' : 'ipv4')

const refusal = (host: string): Error =>
  Object.assign(new Error(`The network is shut for tests: nothing reaches ${host}`), { code: 'NETWORK_OFF' })

shutSockets(net.Socket.prototype.connect)
shutDatagrams(dgram.Socket.prototype)
shutNames(dns.lookup, dns.promises.lookup)
shutResolvers()
// Else `import { lookup } from 'node:dns'` still gives the old one.
syncBuiltinESMExports()

/** Addresses are judged here; names without a lookup of their own go to `dns.lookup`, which is judged below. */
function shutSockets(connect: typeof net.Socket.prototype.connect): void {
  Object.assign(net.Socket.prototype, {
    connect(this: net.Socket, ...given: unknown[]) {
      // net.connect hands over one array, tls and people a plain list.
      const list = Array.isArray(given[0]) ? given[0] : given
      const host = hostOf(list)
      if (net.isIP(host) !== 0 && !isLocal(host)) return Reflect.apply(connect, this, [unreachable(host)])
      if (typeof list[0]?.lookup === 'function') list[0] = { ...list[0], lookup: guarded(list[0].lookup) }
      return Reflect.apply(connect, this, given)
    },
  })
}

/** Fails where a name without address fails: later, when whoever asked has come to listen. */
function unreachable(host: string): TcpSocketConnectOpts {
  return { port: 9, host: 'shut.invalid', lookup: (_name, _options, done) => process.nextTick(done, refusal(host), '') }
}

function hostOf([first, second]: (Partial<TcpSocketConnectOpts> | unknown)[]): string {
  if (typeof first === 'object') return (first as Partial<TcpSocketConnectOpts> | null)?.host ?? 'localhost'
  return typeof second === 'string' ? second : 'localhost'
}

/** A lookup of a test may give any name an address of this machine, and no other. */
function guarded(lookup: LookupFunction): LookupFunction {
  return (name, options, done) =>
    lookup(name, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
      const foreign = error ? undefined : addresses.find(address => !isLocal(address))
      if (foreign === undefined) done(error, found, family)
      else done(refusal(foreign), '')
    })
}

function shutNames(lookup: typeof dns.lookup, lookupPromise: typeof dns.promises.lookup): void {
  // An address stands for itself and asks nobody.
  const asksOthers = (host: unknown): host is string =>
    typeof host === 'string' && host !== '' && net.isIP(host) === 0 && !isLocal(host)
  Object.assign(dns, {
    lookup(host: unknown, ...rest: unknown[]) {
      const done = rest.at(-1)
      if (!asksOthers(host) || typeof done !== 'function') return Reflect.apply(lookup, dns, [host, ...rest])
      process.nextTick(done, refusal(host))
    },
  })
  Object.assign(dns.promises, {
    lookup: async (host: unknown, ...rest: unknown[]) => {
      if (asksOthers(host)) throw refusal(host)
      return Reflect.apply(lookupPromise, dns.promises, [host, ...rest])
    },
  })
}

/** These ask a name server for whatever they are given. */
function shutResolvers(): void {
  const refuse = (host: unknown) => {
    throw refusal(String(host))
  }
  for (const holder of [dns, dns.Resolver.prototype]) shutMembers(holder, refuse)
  for (const holder of [dns.promises, dns.promises.Resolver.prototype]) shutMembers(holder, async host => refuse(host))
}

function shutMembers(holder: object, refuse: (host: unknown) => unknown): void {
  for (let from = holder; from && from !== Object.prototype; from = Object.getPrototypeOf(from))
    for (const name of Object.getOwnPropertyNames(from))
      if (/^(resolve|reverse)/.test(name)) Object.assign(holder, { [name]: refuse })
}

function shutDatagrams(socket: dgram.Socket): void {
  for (const [name, original] of Object.entries({ send: socket.send, connect: socket.connect }))
    Object.assign(dgram.Socket.prototype, {
      [name](this: dgram.Socket, first: unknown, ...rest: unknown[]) {
        const host = rest.find(argument => typeof argument === 'string')
        if (host !== undefined && !isLocal(host)) throw refusal(host)
        return Reflect.apply(original, this, [first, ...rest])
      },
    })
}
