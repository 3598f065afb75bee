import type { Clock, EpochMs, Log, Telemetry } from '@bailiwick/domain';
import { type Catalog, readPostgresCatalog } from '@bailiwick/sql';
import type { DatasourceOptions } from '../options.ts';
import { QueryClient } from '../upstream/query-client.ts';

/** DDL by others is seen within this time at the latest (SEMANTICS 10); the README states the bound. */
const REFRESH_INTERVAL_MS = 10_000;
/** A catalog that could not be read again for this long counts as unknown, and regulated data is closed. */
const CATALOG_AGE_MAX_MS = 120_000;
/** Statements that name something unknown may ask for a fresh catalog, but not more often than this. */
const REFRESH_SPACING_MS = 500;

/** Keeps one database's catalog current over a connection of the gateway's own. */
export class CatalogKeeper {
  readonly #datasource: DatasourceOptions;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #log: Log;
  readonly #onChange: (catalog: Catalog | null) => void;
  #client: QueryClient | null = null;
  #catalog: Catalog | null = null;
  #readAt = 0;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #lastStart = Number.NEGATIVE_INFINITY;
  #lastDurationMs = 0;
  #cancelTimer: () => void = () => {};
  #closed = false;

  constructor(
    datasource: DatasourceOptions,
    deps: { readonly clock: Clock; readonly telemetry: Telemetry; readonly log: Log },
    onChange: (catalog: Catalog | null) => void,
  ) {
    this.#datasource = datasource;
    this.#clock = deps.clock;
    this.#telemetry = deps.telemetry;
    this.#log = deps.log;
    this.#onChange = onChange;
  }

  get catalog(): Catalog | null {
    return this.#catalog;
  }

  /** When the last read that succeeded was made. */
  get readAt(): EpochMs {
    return this.#readAt;
  }

  /** Reads for the first time and keeps reading. Resolves also when the database cannot be reached yet. */
  async start(): Promise<void> {
    await this.refresh();
  }

  /**
   * Reads the catalog anew; what this resolves after reflects every change committed before the call. Callers share a
   * read that has not begun. Never rejects: a failure shows in `catalog` once the last good one is too old.
   */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#reading === null) {
      this.#reading = this.#read().finally(() => {
        this.#reading = null;
        this.#schedule();
      });
      return this.#reading;
    }
    this.#next ??= this.#reading.then(() => {
      this.#next = null;
      return this.refresh();
    });
    return this.#next;
  }

  /**
   * As `refresh`, but says no where one was just made: a name that is unknown now may simply not exist. Whoever sends such
   * names keeps the database busy with reading catalogs half of the time at most.
   */
  mayRefresh(): boolean {
    return this.#clock.now() - this.#lastStart >= Math.max(REFRESH_SPACING_MS, 2 * this.#lastDurationMs);
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#client?.close();
    this.#client = null;
  }

  async #read(): Promise<void> {
    this.#lastStart = this.#clock.now();
    try {
      this.#client ??= await QueryClient.connect(this.#datasource, 'bailiwick catalog');
      const client = this.#client;
      const catalog = await readPostgresCatalog(client, this.#clock);
      this.#readAt = catalog.readAt;
      if (catalog.version !== this.#catalog?.version) this.#use(catalog);
    } catch (error) {
      this.#client?.close();
      this.#client = null;
      this.#telemetry.count('upstream_errors_total', {});
      const reason = error instanceof Error ? error.message : 'unknown';
      this.#log.warn({ datasource: this.#datasource.name, reason }, 'the catalog could not be read');
      if (this.#catalog !== null && this.#clock.now() - this.#readAt > CATALOG_AGE_MAX_MS) this.#use(null);
    }
    this.#lastDurationMs = this.#clock.now() - this.#lastStart;
    if (this.#catalog !== null) {
      const age = (this.#clock.now() - this.#readAt) / 1000;
      this.#telemetry.set('catalog_age_seconds', { datasource: this.#datasource.name }, age);
    }
  }

  #use(catalog: Catalog | null): void {
    this.#catalog = catalog;
    this.#onChange(catalog);
  }

  #schedule(): void {
    this.#cancelTimer();
    if (!this.#closed) this.#cancelTimer = this.#clock.after(REFRESH_INTERVAL_MS, () => void this.refresh());
  }
}
