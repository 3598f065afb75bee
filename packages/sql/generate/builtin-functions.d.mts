import type { BuiltinSafety } from '../src/postgres/builtin-functions.ts';

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** The class of every function name in pg_catalog and information_schema, by the review's rules. */
export function classifyBuiltins(query: Query): Promise<ReadonlyMap<string, BuiltinSafety>>;
/** The text of builtin-functions.generated.ts. */
export function generate(query: Query): Promise<string>;
