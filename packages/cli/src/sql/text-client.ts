import pg from 'pg';

/** What a server answered to one statement; null is SQL NULL, anything else the text that the server sent. */
export interface TextResult {
  readonly command: string | null;
  readonly rowCount: number | null;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly fields: readonly { readonly name: string }[];
}

export interface TextClientOptions {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly ssl?: false | object;
  readonly application_name: string;
  readonly connectionTimeoutMillis: number;
}

/** The part of node-postgres used here, with rows as arrays: columns may share a name. */
interface Driver {
  on(event: 'notice' | 'error', listener: (what: object) => void): void;
  connect(): Promise<void>;
  query(text: { readonly text: string; readonly rowMode: 'array' }): Promise<TextResult | readonly TextResult[]>;
  end(): Promise<void>;
}

type DriverOptions = TextClientOptions & { readonly types: { getTypeParser(): (value: string) => string } };

/** node-postgres ships no types. */
const NodePostgres = pg.Client as unknown as new (options: DriverOptions) => Driver;

/** A connection that gives every value as the server wrote it, parsed into nothing. */
export class TextClient {
  readonly #driver: Driver;
  #lost = false;

  private constructor(driver: Driver) {
    this.#driver = driver;
    // A connection that is lost fails the statement that waits for it, or the next one.
    driver.on('error', () => {
      this.#lost = true;
    });
  }

  /** True once the connection has ended from the other side: nothing more can be run. */
  get isLost(): boolean {
    return this.#lost;
  }

  /** Connects. `onNotice` gets the fields of each notice. Rejects with the server's own words, or the system's. */
  static async connect(options: TextClientOptions, onNotice: (notice: object) => void): Promise<TextClient> {
    const driver = new NodePostgres({ ...options, types: { getTypeParser: () => (value) => value } });
    driver.on('notice', onNotice);
    const client = new TextClient(driver);
    await driver.connect();
    return client;
  }

  /** Runs a text, which may hold several statements, as one simple query. */
  async query(text: string): Promise<readonly TextResult[]> {
    return [await this.#driver.query({ text, rowMode: 'array' })].flat();
  }

  async end(): Promise<void> {
    await this.#driver.end();
  }
}
