import { NO_PLACE, type Place, UNKNOWN_PLACE } from '@bailiwick/domain';
import { AddressRange } from './address-range.ts';
import type { NetworkOptions } from './options.ts';
import { parsePlace } from './place.ts';

interface Network {
  readonly range: AddressRange;
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
    if (address === null) return null;
    let best: Network | null = null;
    let region: Place | null = null;
    for (const network of this.#networks) {
      if (!network.range.holds(address)) continue;
      if (best === null || network.range.prefixLength > best.range.prefixLength) {
        best = network;
        region = network.region;
      } else if (network.range.prefixLength === best.range.prefixLength && network.region !== region) {
        region = UNKNOWN_PLACE;
      }
    }
    return region;
  }
}

function parseNetwork({ cidr, region }: NetworkOptions): Network {
  const range = AddressRange.parse(cidr);
  if (range === null) throw new TypeError(`identity.networks: "${cidr}" is not a network in CIDR notation`);
  const place = parsePlace(region);
  if (place === UNKNOWN_PLACE || place === NO_PLACE) {
    throw new TypeError(`identity.networks: the region of ${cidr} is not a country code or jurisdiction name`);
  }
  return { range, region: place };
}
