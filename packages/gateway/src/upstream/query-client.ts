import { decodeDataRow, encodeQuery, encodeTerminate } from '@bailiwick/postgres';
import type { DatasourceOptions } from '../options.ts';
import { connectUpstream, type UpstreamLimits } from './connect.ts';
import { FrameSource } from './frame-source.ts';
import { upstreamRefused } from './upstream-refused.ts';

type Row = readonly (string | null)[];

/** Longest that one of the gateway's own queries may take. */
const QUERY_TIMEOUT_MS = 30_000;
/** What bounds the gateway's own connection, whatever sessions are given. */
const LIMITS: UpstreamLimits = { frameBytesMax: 64 << 20, connectTimeMs: 10_000, keepAliveMs: 30_000 };

/** The gateway's own connection to a database: simple queries, rows as text. One query at a time. */
export class QueryClient {
  readonly #frames: FrameSource;
  readonly #end: () => void;

  private constructor(frames: FrameSource, end: () => void) {
    this.#frames = frames;
    this.#end = end;
  }

  static async connect(datasource: DatasourceOptions, application: string): Promise<QueryClient> {
    const connection = await connectUpstream(
      datasource,
      new Map([
        ['application_name', application],
        ['client_encoding', 'UTF8'],
        ['default_transaction_read_only', 'on'],
        ['statement_timeout', String(QUERY_TIMEOUT_MS)],
      ]),
      LIMITS,
    );
    const { socket, decoder } = connection;
    return new QueryClient(new FrameSource(socket, decoder, Number.POSITIVE_INFINITY), () => {
      socket.end(encodeTerminate());
      setTimeout(() => socket.destroy(), 1000).unref();
    });
  }

  /** Rejects when the statement fails or the connection is lost; the client is then of no more use. */
  async query(sql: string): Promise<readonly Row[]> {
    this.#frames.write(encodeQuery({ sql }));
    const rows: Row[] = [];
    for (;;) {
      const { type, body } = await this.#frames.next();
      switch (String.fromCharCode(type)) {
        case 'D':
          rows.push(decodeDataRow(body).map((cell) => (cell === null ? null : cell.toString('utf8'))));
          break;
        case 'E':
          throw upstreamRefused(body);
        case 'Z':
          return rows;
      }
    }
  }

  close(): void {
    this.#end();
  }
}
