/** The few parts of node-postgres that this package uses; it ships no types of its own. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';

  interface Result {
    readonly command: string;
    readonly rowCount: number | null;
    readonly rows: Record<string, unknown>[];
    readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
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
    readonly name?: string;
    readonly types?: { getTypeParser(oid: number, format?: string): (value: string) => unknown };
  }
  interface ArrayResult extends Omit<Result, 'rows'> {
    readonly rows: (string | null)[][];
  }
  class Client extends EventEmitter {
    constructor(config?: ClientConfig | string);
    connect(): Promise<void>;
    query(config: QueryConfig & { readonly rowMode: 'array' }): Promise<ArrayResult>;
    /** Several statements in one text give several results. */
    query(sql: string, parameters?: readonly unknown[]): Promise<Result | Result[]>;
    end(): Promise<void>;
  }
  const pg: { readonly Client: typeof Client };
  export default pg;
  export type { Client, ClientConfig, Result };
}
