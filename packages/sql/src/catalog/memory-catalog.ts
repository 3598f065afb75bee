import type { EpochMs } from '@bailiwick/domain';
import type {
  Catalog,
  CatalogCast,
  CatalogFunction,
  CatalogOperator,
  CatalogRelation,
  CatalogType,
} from './catalog.ts';

/** Everything that a catalog holds, as plain data. */
export interface CatalogContent {
  readonly serverVersion: number;
  readonly database: string;
  readonly user: string;
  readonly defaultSearchPath: readonly string[];
  readonly schemas: readonly string[];
  readonly relations: readonly CatalogRelation[];
  readonly functions: readonly CatalogFunction[];
  readonly operators: readonly CatalogOperator[];
  readonly types: readonly CatalogType[];
  readonly casts: readonly CatalogCast[];
}

interface Named {
  readonly schema: string;
  readonly name: string;
}

/** By schema, then by name; overloads keep their order. */
class NameIndex<T extends Named> {
  readonly #schemas = new Map<string, Map<string, T[]>>();

  constructor(entries: readonly T[]) {
    for (const entry of entries) {
      const names = this.#schemas.get(entry.schema) ?? new Map<string, T[]>();
      this.#schemas.set(entry.schema, names);
      const same = names.get(entry.name);
      if (same === undefined) names.set(entry.name, [entry]);
      else same.push(entry);
    }
  }

  all(schema: string, name: string): readonly T[] {
    return this.#schemas.get(schema)?.get(name) ?? [];
  }
}

const byOid = <T extends { readonly oid: number }>(entries: readonly T[]): ReadonlyMap<number, T> =>
  new Map(entries.map((entry) => [entry.oid, entry]));

/** Indexes content for look-ups; it must not be changed afterwards. */
export class MemoryCatalog implements Catalog {
  readonly version: string;
  readonly readAt: EpochMs;
  readonly serverVersion: number;
  readonly database: string;
  readonly user: string;
  readonly defaultSearchPath: readonly string[];
  readonly content: CatalogContent;
  readonly #schemas: ReadonlySet<string>;
  readonly #relations: NameIndex<CatalogRelation>;
  readonly #relationsByOid: ReadonlyMap<number, CatalogRelation>;
  readonly #functions: NameIndex<CatalogFunction>;
  readonly #functionsByOid: ReadonlyMap<number, CatalogFunction>;
  readonly #operators: NameIndex<CatalogOperator>;
  readonly #types: NameIndex<CatalogType>;
  readonly #typesByOid: ReadonlyMap<number, CatalogType>;
  readonly #casts: ReadonlyMap<string, CatalogCast>;

  constructor(content: CatalogContent, version: string, readAt: EpochMs) {
    this.version = version;
    this.readAt = readAt;
    this.serverVersion = content.serverVersion;
    this.database = content.database;
    this.user = content.user;
    this.defaultSearchPath = content.defaultSearchPath;
    this.content = content;
    this.#schemas = new Set(content.schemas);
    this.#relations = new NameIndex(content.relations);
    this.#relationsByOid = byOid(content.relations);
    this.#functions = new NameIndex(content.functions);
    this.#functionsByOid = byOid(content.functions);
    this.#operators = new NameIndex(content.operators);
    this.#types = new NameIndex(content.types);
    this.#typesByOid = byOid(content.types);
    this.#casts = new Map(content.casts.map((cast) => [`${cast.source}/${cast.target}`, cast]));
  }

  hasSchema(schema: string): boolean {
    return this.#schemas.has(schema);
  }
  relation(schema: string, name: string): CatalogRelation | undefined {
    return this.#relations.all(schema, name)[0];
  }
  relationByOid(oid: number): CatalogRelation | undefined {
    return this.#relationsByOid.get(oid);
  }
  relations(): IterableIterator<CatalogRelation> {
    return this.content.relations.values();
  }
  functions(schema: string, name: string): readonly CatalogFunction[] {
    return this.#functions.all(schema, name);
  }
  functionByOid(oid: number): CatalogFunction | undefined {
    return this.#functionsByOid.get(oid);
  }
  operators(schema: string, name: string): readonly CatalogOperator[] {
    return this.#operators.all(schema, name);
  }
  type(schema: string, name: string): CatalogType | undefined {
    return this.#types.all(schema, name)[0];
  }
  cast(source: number, target: number): CatalogCast | undefined {
    return this.#casts.get(`${source}/${target}`);
  }
  typeByOid(oid: number): CatalogType | undefined {
    return this.#typesByOid.get(oid);
  }
}
