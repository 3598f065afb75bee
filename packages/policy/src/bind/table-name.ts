/** A table as a policy file names it: `schema.table`, spelled as the catalog spells it. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const PART = '"(?:[^"]|"")+"|[^".*]+';
const NAME = new RegExp(`^(${PART})\\.(${PART})$`);

/** Parses `schema.table`; a part that holds a dot or a quote is written in double quotes. Null: not such a name. */
export function parseTableName(text: string): TableName | null {
  const [, schema, name] = NAME.exec(text) ?? [];
  return schema === undefined || name === undefined ? null : { schema: unquote(schema), name: unquote(name) };
}

const unquote = (part: string) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);

/** A table's name in messages, patterns and records. */
export const tableLabel = (table: TableName): string => `${table.schema}.${table.name}`;
