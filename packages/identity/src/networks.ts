// Uses node:net: isIP and BlockList compare addresses; no socket is opened here.
import { BlockList, isIP } from 'node:net';
import { NO_PLACE, type Place, UNKNOWN_PLACE } from '@bailiwick/domain';
import type { NetworkOptions } from './options.ts';
import { parsePlace } from './place.ts';

interface Network {
  readonly prefixLength: number;
  readonly members: BlockList;
  readonly region: Place;
}

/** Tells where an address is by the configured networks. */
export class Networks {
  readonly #networks: readonly Network[];

  /** @throws TypeError for a network that is not in CIDR notation or whose region is no place. */
  constructor(options: readonly NetworkOptions[]) {
    this.#networks = options.map(parseNetwork);
  }

  /** The region of the most specific network with this address; unknown when two such differ; null: in none. */
  regionOf(address: string | null): Place | null {
    const ip = address === null ? null : plainAddress(address);
    if (ip === null) return null;
    const family = isIP(ip) === 4 ? 'ipv4' : 'ipv6';
    let best: Network | null = null;
    let region: Place | null = null;
    for (const network of this.#networks) {
      if (!network.members.check(ip, family)) continue;
      if (best === null || network.prefixLength > best.prefixLength) {
        best = network;
        region = network.region;
      } else if (network.prefixLength === best.prefixLength && network.region !== region) {
        region = UNKNOWN_PLACE;
      }
    }
    return region;
  }
}

/** Without zone, and IPv4 where a dual-stack socket shows it as IPv6; null: no address. */
function plainAddress(address: string): string | null {
  const withoutZone = address.split('%', 1)[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1] ?? withoutZone;
  return isIP(mapped) === 0 ? null : mapped;
}

function parseNetwork({ cidr, region }: NetworkOptions): Network {
  const [, address = '', digits = ''] = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const version = isIP(address);
  const prefixLength = Number(digits);
  if (digits === '' || version === 0 || prefixLength > (version === 4 ? 32 : 128)) {
    throw new TypeError(`identity.networks: "${cidr}" is not a network in CIDR notation`);
  }
  const place = parsePlace(region);
  if (place === UNKNOWN_PLACE || place === NO_PLACE) {
    throw new TypeError(`identity.networks: the region of ${cidr} is not a country code or jurisdiction name`);
  }
  const members = new BlockList();
  members.addSubnet(address, prefixLength, version === 4 ? 'ipv4' : 'ipv6');
  return { prefixLength, members, region: place };
}
