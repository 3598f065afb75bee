import type { ConfigEntry, ConfigNode } from './config-node.ts';
import type { FaultList, Position } from './fault.ts';
import { didYouMean } from './nearest-name.ts';

/** Keys that a mapping may have. `unbuilt`: keys of the contract whose features are not there yet, and what to do. */
export interface KeySet {
  readonly known: readonly string[];
  readonly unbuilt?: Readonly<Record<string, string>>;
}

/** A mapping whose keys have been checked: every key that it may not have is a fault already. */
export class Mapping {
  readonly at: Position;
  readonly faults: FaultList;
  readonly #entries: ReadonlyMap<string, ConfigEntry>;
  /** False: the node is something else, which is a fault already, so that missing keys are none. */
  readonly #real: boolean;

  private constructor(at: Position, entries: ReadonlyMap<string, ConfigEntry> | null, faults: FaultList) {
    this.at = at;
    this.#real = entries !== null;
    this.#entries = entries ?? new Map();
    this.faults = faults;
  }

  /** Opens a node as a mapping. What is no mapping is a fault and reads as an empty one. */
  static open(node: ConfigNode, keys: KeySet, faults: FaultList): Mapping {
    const mapping = Mapping.names(node, faults);
    const unbuilt = keys.unbuilt ?? {};
    for (const [key, { keyAt }] of mapping.#entries) {
      if (keys.known.includes(key)) continue;
      if (Object.hasOwn(unbuilt, key)) faults.add(keyAt, notInThisVersion(key, unbuilt[key]));
      else faults.add(keyAt, `unknown key "${key}"${didYouMean(key, [...keys.known, ...Object.keys(unbuilt)])}`);
    }
    return mapping;
  }

  /** Opens a node as a mapping from names of the user's own. */
  static names(node: ConfigNode, faults: FaultList): Mapping {
    if (node.kind === 'mapping') return new Mapping(node.at, node.entries, faults);
    faults.add(node.at, 'must be a mapping');
    return new Mapping(node.at, null, faults);
  }

  get entries(): IterableIterator<[string, ConfigEntry]> {
    return this.#entries.entries();
  }

  /** The key's value through `read`, or `fallback` where the key is not there. */
  optional<Value, Fallback>(
    key: string,
    read: (node: ConfigNode, faults: FaultList) => Value,
    fallback: Fallback,
  ): Value | Fallback {
    const entry = this.#entries.get(key);
    return entry === undefined ? fallback : read(entry.node, this.faults);
  }

  /** Like `optional`, but a missing key is a fault; `standIn` then goes on in its place. */
  required<Value>(key: string, read: (node: ConfigNode, faults: FaultList) => Value, standIn: Value): Value {
    if (this.#real && !this.#entries.has(key)) this.faults.add(this.at, `the key "${key}" is missing`);
    return this.optional(key, read, standIn);
  }

  /** Where a key's value begins; the mapping's own place where the key is not there. */
  placeOf(key: string): Position {
    return this.#entries.get(key)?.node.at ?? this.at;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }
}

/** What the contract has and this version does not: refused by name, never ignored. */
export function notInThisVersion(what: string, instead = ''): string {
  return `${what} is not in this version${instead === '' ? '' : `; ${instead}`}`;
}
