import { CommandFailed, EXIT_NO, EXIT_WRONG } from '../exit.ts';
import { safeText } from '../terminal/safe-text.ts';

/** Entries that a list command shows at most. */
const ENTRIES_MAX = 1000;
const TIMEOUT_MS = 60_000;

/** The HTTP API of a running gateway, as the commands use it. */
export class ApiClient {
  readonly #server: URL;
  readonly #token: string;

  /** Throws `CommandFailed` for an address to which a token must not be sent. */
  constructor(server: string, token: string) {
    if (!URL.canParse(server)) throw new CommandFailed(EXIT_WRONG, `--server ${safeText(server)} is not a URL`);
    const url = new URL(server);
    const loopback = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/.test(url.hostname);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
      throw new CommandFailed(EXIT_WRONG, '--server must be https off loopback: a token goes with every request');
    }
    this.#server = url;
    this.#token = token;
  }

  /** One request. Throws `CommandFailed` with the problem's words where the answer is no. */
  async request(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(`/api/v1${path}`, this.#server), {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (error) {
      throw new CommandFailed(EXIT_NO, `${this.#server.origin} does not answer: ${reasonOf(error)}`);
    }
    const answer = parsed(text);
    if (response.ok && answer !== undefined) return answer;
    throw new CommandFailed(response.status === 400 ? EXIT_WRONG : EXIT_NO, ...problemLines(response.status, answer));
  }

  /** Every entry of a list, page by page, up to a thousand. */
  async list<Entry>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    let cursor: string | undefined;
    do {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries({ ...query, cursor })) {
        if (value !== undefined) search.set(name, value);
      }
      const page = (await this.request('GET', `${path}?${search}`)) as {
        readonly items: readonly Entry[];
        readonly next: string | null;
      };
      entries.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined && entries.length < ENTRIES_MAX);
    return entries.slice(0, ENTRIES_MAX);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function problemLines(status: number, answer: unknown): readonly string[] {
  const problem = (typeof answer === 'object' && answer !== null ? answer : {}) as {
    readonly detail?: unknown;
    readonly faults?: unknown;
  };
  const detail = typeof problem.detail === 'string' ? problem.detail : 'the answer is not one of this API';
  const faults = Array.isArray(problem.faults) ? problem.faults.map((fault) => safeText(String(fault))) : [];
  return [`${status}: ${safeText(detail)}`, ...faults];
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error) return safeText('code' in cause ? String(cause.code) : cause.message);
  return 'unknown';
}
