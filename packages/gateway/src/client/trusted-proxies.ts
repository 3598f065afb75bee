import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { canonicalIpAddress } from '@bailiwick/wire';

/** Whose word about a client's address is taken. */
export class TrustedProxies {
  readonly #members = new BlockList();
  readonly #any: boolean;

  /** @param networks in CIDR notation, checked by whoever read the configuration. @throws TypeError */
  constructor(networks: readonly string[]) {
    this.#any = networks.length > 0;
    for (const network of networks) {
      const [, address = '', digits = ''] = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(network) ?? [];
      if (!isIPv4(address) && !isIPv6(address)) throw new TypeError(`"${network}" is not a network in CIDR notation`);
      this.#members.addSubnet(address, Number(digits), isIPv4(address) ? 'ipv4' : 'ipv6');
    }
  }

  /** Whether a peer is one of them. Null: it has no address (a UNIX socket), and is none. */
  includes(address: string | null): boolean {
    const canonical = address === null || !this.#any ? null : canonicalIpAddress(address);
    return canonical !== null && this.#members.check(canonical, isIPv4(canonical) ? 'ipv4' : 'ipv6');
  }
}
