import pg, { type Client } from 'pg';
import type { Demo } from '../demo.ts';
import { oneResult, type Row } from './outcome.ts';

/** What the HTTP API answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

/** How long the API may take. */
const API_TIMEOUT_MS = 10_000;

/** The running demo, as the tour's steps use it: through the driver and the HTTP API, like anybody else. */
export class TourStage {
  readonly demo: Demo;
  readonly #clients: Client[] = [];
  #agent: Promise<Client> | null = null;
  /** Id of the agent's session, once it has asked. */
  sessionId: string | null = null;

  constructor(demo: Demo) {
    this.demo = demo;
  }

  /** The EU support agent's one session, which the steps share, so that its transcript is the story of the tour. */
  agent(): Promise<Client> {
    this.#agent ??= this.connect('support-agent');
    return this.#agent;
  }

  /** A new connection through the gateway, TLS verified against the demo's authority. */
  async connect(identity: string): Promise<Client> {
    return this.connectWith(await this.demo.token(identity), identity);
  }

  /** A new connection with this password; `authorityPem` is whom the client trusts. Rejects as the driver does. */
  async connectWith(
    password: string,
    user: string,
    authorityPem: string = this.demo.directory.authorityPem,
  ): Promise<Client> {
    const { host, port } = this.demo.gateway;
    const client = new pg.Client({
      host,
      port,
      user,
      password,
      database: 'crm',
      application_name: 'bailiwick tour',
      ssl: { ca: authorityPem, servername: host },
    });
    // A connection that ends while nobody waits for it is the next query's error.
    client.on('error', () => {});
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  /** Asks the database itself, past the gateway: the witness of what really happened. */
  database(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.demo.database.query(sql, parameters, 'crm');
  }

  /** How many rows of a table satisfy a condition, in truth. */
  async count(table: string, where = 'true', parameters: readonly unknown[] = []): Promise<number> {
    const [row] = await this.database(`select count(*)::int as count from ${table} where ${where}`, parameters);
    return Number(row?.count);
  }

  /** Calls the HTTP API as an identity: POST with a body, else GET. */
  async api(identity: string, path: string, body?: object): Promise<ApiAnswer> {
    const authorization = `Bearer ${await this.demo.token(identity)}`;
    const posted = body && { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${this.demo.server}${path}`, {
      ...posted,
      headers: { authorization, ...(posted && { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(API_TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, text, body: parseJson(text) };
  }

  /** Asks `SHOW bailiwick.session` for the session's id, once. */
  async agentSessionId(): Promise<string> {
    if (this.sessionId === null) {
      const { rows } = oneResult(await (await this.agent()).query('SHOW bailiwick.session'));
      this.sessionId = String(rows.find((row) => row.name === 'id')?.value);
    }
    return this.sessionId;
  }

  /** Ends the agent's session, so that its transcript is complete. */
  async endAgent(): Promise<void> {
    await (await this.agent()).end();
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#clients.map((client) => client.end()));
  }
}

/** Undefined where the text is not one JSON document. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
