import { type ColumnRef, type Lineage, type StatementFacts, systemClock } from '@bailiwick/domain';
import { type Catalog, loadPostgresParser, readPostgresCatalog, understandPostgres } from '@bailiwick/sql';
import { connectCatalogSource, type FreshDatabase, freshDatabase, sharedPostgres } from '../../servers/index.ts';
import { SCHEMA } from './schema.ts';

/** A database with the schema, and its catalog as the gateway would read it. */
export interface Understanding {
  readonly catalog: Catalog;
  readonly database: FreshDatabase;
  facts(sql: string, searchPath?: readonly string[]): readonly StatementFacts[];
  /** The facts of a text that is one statement. */
  one(sql: string, searchPath?: readonly string[]): StatementFacts;
}

/** Makes the database and reads its catalog. */
export async function startUnderstanding(): Promise<Understanding> {
  const database = await freshDatabase(await sharedPostgres());
  await database.query(SCHEMA);
  const source = await connectCatalogSource(database.url);
  const catalog = await readPostgresCatalog(source, systemClock);
  await source.close();
  await loadPostgresParser();
  const facts = (sql: string, searchPath: readonly string[] = ['public']) =>
    understandPostgres(sql, { catalog, searchPath, prepared: () => undefined, cursor: () => undefined });
  const one: Understanding['one'] = (sql, searchPath) => {
    const [statement, ...others] = facts(sql, searchPath);
    if (statement === undefined || others.length > 0) throw new Error(`not one statement: ${sql}`);
    return statement;
  };
  return { catalog, database, facts, one };
}

/** `table.column`, with the schema where it is not public. */
export const shortColumn = ({ table, name }: ColumnRef): string =>
  `${table.schema === 'public' ? '' : `${table.schema}.`}${table.name}.${name}`;

/** `=base [sources besides]`, `<sources` or `?`. */
export function shortLineage(lineage: Lineage): string {
  if (lineage.kind === 'unknown') return '?';
  const sources = lineage.sources.map(shortColumn);
  if (lineage.kind === 'derived') return `<${sources.toSorted().join(' ')}`;
  const others = sources.filter((source) => source !== shortColumn(lineage.column));
  return `=${[shortColumn(lineage.column), ...others.toSorted()].join(' ')}`;
}

/** `name=base` and so on for each output; `none` where no rows come, `unknown` where nothing is known of them. */
export function shortOutputs({ outputs, outputsUnknown }: StatementFacts): string | readonly string[] {
  if (outputsUnknown) return 'unknown';
  return outputs?.map(({ name, lineage }) => `${name}${shortLineage(lineage)}`) ?? 'none';
}

/** `place table.column`, with `=` behind a place that is constant equality, without outputs, sorted. */
export const shortUses = ({ columns }: StatementFacts): readonly string[] =>
  columns
    .filter(({ place }) => place !== 'output')
    .map(({ place, form, column }) => `${place}${form === 'constant-equality' ? '=' : ''} ${shortColumn(column)}`)
    .toSorted();

/** `sources -> kind:name`, sorted. */
export const shortFlows = ({ flows }: StatementFacts): readonly string[] =>
  flows
    .map(({ sources, target }) => `${sources.map(shortColumn).toSorted().join(' ')} -> ${target.kind}:${target.name}`)
    .toSorted();

/** Names of what is called and not safe, sorted. */
export const unsafeNames = ({ functions }: StatementFacts): readonly string[] =>
  functions
    .filter(({ safe }) => !safe)
    .map(({ name }) => name)
    .toSorted();
