/** The few parts of node-postgres that this package uses; it ships no types of its own. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';

  interface Result {
    readonly command: string;
    readonly rowCount: number | null;
    readonly rows: Record<string, unknown>[];
    readonly fields: readonly {
      readonly name: string;
      readonly dataTypeID: number;
      readonly tableID: number;
      readonly columnID: number;
      readonly format: string;
    }[];
  }
  interface ClientConfig {
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
    readonly connectionString?: string;
    readonly application_name?: string;
    readonly options?: string;
    readonly ssl?:
      | boolean
      | { readonly ca?: string; readonly servername?: string; readonly rejectUnauthorized?: boolean };
  }
  /** `name` prepares once and executes by name from then on; `binary` asks for binary results. */
  interface QueryConfig {
    readonly text: string;
    readonly values?: readonly unknown[];
    readonly name?: string;
    readonly binary?: boolean;
    readonly queryMode?: 'extended';
    readonly types?: { getTypeParser(oid: number, format?: string): (value: string) => unknown };
  }
  interface ArrayResult extends Omit<Result, 'rows'> {
    readonly rows: (string | null)[][];
  }
  class Client extends EventEmitter {
    constructor(config?: ClientConfig | string);
    readonly processID: number;
    readonly secretKey: number;
    connect(): Promise<void>;
    query(config: QueryConfig & { readonly rowMode: 'array' }): Promise<ArrayResult>;
    query(config: QueryConfig): Promise<Result>;
    /** Several statements in one text give several results. */
    query(sql: string, parameters?: readonly unknown[]): Promise<Result | Result[]>;
    end(): Promise<void>;
  }
  const pg: { readonly Client: typeof Client };
  export default pg;
  export type { ArrayResult, Client, ClientConfig, QueryConfig, Result };
}
