import type { CatalogSource } from '@bailiwick/sql';
import pg from 'pg';

/** A catalog source over node-postgres, with every value as the text that the server sent. */
export async function connectCatalogSource(url: string): Promise<CatalogSource & { close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const types = { getTypeParser: () => (value: string) => value };
  return {
    query: async (text) => (await client.query({ text, rowMode: 'array', types })).rows,
    close: () => client.end(),
  };
}
