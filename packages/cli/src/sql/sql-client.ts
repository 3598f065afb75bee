import { safeText } from '../terminal/safe-text.ts';
import { table } from '../terminal/table.ts';
import { TextClient, type TextResult } from './text-client.ts';

/** Where the client's output goes. */
export interface SqlOutput {
  readonly json: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

const CONNECT_TIMEOUT_MS = 30_000;

/** One connection of `bailiwick sql`. Values are printed as the server wrote them. */
export class SqlClient {
  readonly #client: TextClient;
  readonly #output: SqlOutput;

  private constructor(client: TextClient, output: SqlOutput) {
    this.#client = client;
    this.#output = output;
  }

  /** Rejects with the server's own words, or the system's. */
  static async connect(dsn: string, output: SqlOutput): Promise<SqlClient> {
    const settings = {
      connectionString: dsn,
      application_name: 'bailiwick sql',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    };
    const client = await TextClient.connect(settings, (notice) => printNotice(notice, output));
    return new SqlClient(client, output);
  }

  /** Runs a text and prints its results. False: the server refused it, which has been printed. */
  async run(sql: string): Promise<boolean> {
    try {
      for (const result of await this.#client.query(sql)) this.#print(result);
      return true;
    } catch (error) {
      this.#output.stderr.write(`${errorLines(error).join('\n')}\n`);
      return false;
    }
  }

  get isLost(): boolean {
    return this.#client.isLost;
  }

  async end(): Promise<void> {
    await this.#client.end();
  }

  #print(result: TextResult): void {
    const { fields, rows, command, rowCount } = result;
    const names = fields.map(({ name }) => name);
    if (this.#output.json) {
      const line = JSON.stringify({ command, rowCount, columns: names, rows });
      this.#output.stdout.write(`${line}\n`);
    } else if (names.length > 0) {
      this.#output.stdout.write(`${table(names, rows)}\n(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})\n`);
    } else if (command !== null) {
      this.#output.stdout.write(`${safeText(command)}${rowCount === null ? '' : ` ${rowCount}`}\n`);
    }
  }
}

interface ServerWords {
  readonly severity?: string;
  readonly code?: string;
  readonly message?: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** An error or notice, as psql prints it. */
export function errorLines(error: unknown): readonly string[] {
  const { severity = 'ERROR', code, message = 'unknown', detail, hint } = (error ?? {}) as ServerWords;
  const lines = [`${severity}: ${code === undefined ? '' : `${code}: `}${message}`];
  if (detail !== undefined) lines.push(`DETAIL: ${detail}`);
  if (hint !== undefined) lines.push(`HINT: ${hint}`);
  return lines.map((line) => safeText(line));
}

function printNotice(notice: object, { stderr }: SqlOutput): void {
  stderr.write(`${errorLines({ severity: 'NOTICE', ...notice, code: undefined }).join('\n')}\n`);
}
