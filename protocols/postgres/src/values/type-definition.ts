/** What a database's catalog says of one type. */
export interface TypeDefinition {
  readonly name: string;
  readonly kind: 'base' | 'composite' | 'domain' | 'enum' | 'pseudo' | 'range' | 'multirange';
  /** Element type of an array, 0 otherwise. */
  readonly elementOid: number;
  /** Base type of a domain, 0 otherwise. */
  readonly baseOid: number;
  readonly enumLabels: readonly string[];
  /** Types of a composite type's attributes, dropped ones left out. */
  readonly attributeOids: readonly number[];
}

/** Looks a type up by its oid; undefined: there is none. */
export type TypeLookup = (oid: number) => TypeDefinition | undefined;
