/** The few parts of node-postgres that this package uses; it ships no types of its own. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';

  interface Result {
    readonly command: string;
    readonly rowCount: number | null;
    readonly rows: Record<string, unknown>[];
    readonly fields: readonly { readonly name: string; readonly dataTypeID: number; readonly format: string }[];
  }
  interface ClientConfig {
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
    readonly connectionString?: string;
    readonly application_name?: string;
    readonly ssl?:
      | boolean
      | { readonly ca?: string; readonly servername?: string; readonly rejectUnauthorized?: boolean };
  }
  interface QueryConfig {
    readonly text: string;
    readonly values?: readonly unknown[];
    /** Makes it a prepared statement of this name, which is parsed once. */
    readonly name?: string;
    /** Asks for results in binary. */
    readonly binary?: boolean;
    readonly types?: { getTypeParser(oid: number, format?: string): (cell: string | Buffer) => unknown };
  }
  class Client extends EventEmitter {
    constructor(config?: ClientConfig | string);
    connect(): Promise<void>;
    /** Several statements in one text give several results. */
    query(sql: string, parameters?: readonly unknown[]): Promise<Result | Result[]>;
    query(query: QueryConfig): Promise<Result>;
    end(): Promise<void>;
  }
  const pg: { readonly Client: typeof Client };
  export default pg;
  export type { Client, ClientConfig, QueryConfig, Result };
}
