// Uses node:net: isIP and BlockList compare addresses; no socket is opened here.
import { BlockList, isIP } from 'node:net';

/** A network of IP addresses. */
export class AddressRange {
  readonly prefixLength: number;
  readonly #members: BlockList;

  private constructor(members: BlockList, prefixLength: number) {
    this.#members = members;
    this.prefixLength = prefixLength;
  }

  /** Reads CIDR notation: `10.1.0.0/16`, `2001:db8::/32`. Null: it is none. */
  static parse(cidr: string): AddressRange | null {
    const [, address = '', digits = ''] = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(cidr) ?? [];
    const version = isIP(address);
    const prefixLength = Number(digits);
    if (digits === '' || version === 0 || prefixLength > (version === 4 ? 32 : 128)) return null;
    const members = new BlockList();
    members.addSubnet(address, prefixLength, version === 4 ? 'ipv4' : 'ipv6');
    return new AddressRange(members, prefixLength);
  }

  /** Whether an address is inside. What is no IP address is in no network. */
  holds(address: string): boolean {
    const ip = plainAddress(address);
    return ip !== null && this.#members.check(ip, isIP(ip) === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Without zone, and IPv4 where a dual-stack socket shows it as IPv6; null: no address. */
function plainAddress(address: string): string | null {
  const withoutZone = address.split('%', 1)[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1] ?? withoutZone;
  return isIP(mapped) === 0 ? null : mapped;
}
