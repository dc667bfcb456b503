/** The proxies that the process environment names for calls to providers. */
export interface Proxies {
  /** For https:// URLs. */
  https: ProxyServer | undefined
  /** For http:// URLs, which exist in local only. */
  http: ProxyServer | undefined
  noProxy: readonly NoProxyEntry[]
}

export interface ProxyServer {
  /** The variable that names it, for the operator. */
  variable: string
  /** Whether the connection to the proxy itself uses TLS. */
  tls: boolean
  /** Without the brackets of an IPv6 address. */
  host: string
  port: number
  /** The Proxy-Authorization header. */
  authorization: string | undefined
}

/** A target that is reached without a proxy: exactly one of `name` and `network` is set. */
export interface NoProxyEntry {
  /** As it was written. */
  text: string
  /** A host and all its subdomains; `*` is every host. */
  name?: string
  /** Addresses: the first `prefix` bits count. */
  network?: { address: string; prefix: number }
  /** If it is set, only this port counts. */
  port?: number
}
