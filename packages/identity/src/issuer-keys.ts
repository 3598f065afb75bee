import type { Clock, EpochMs, Log, Telemetry } from '@bailiwick/domain';
import type { JWTVerifyGetKey } from 'jose';
import type { Fetch } from './fetch-json.ts';
import { fetchKeys } from './key-source.ts';
import type { IssuerOptions } from './options.ts';
import { TokenRejected } from './verifier.ts';

/** How often keys are fetched anew: a key that the issuer has withdrawn is honoured at most this long. */
export const REFRESH_MS = 300_000;

/** How soon after a failed refresh the next one is made. */
export const RETRY_MS = 15_000;

/** How long the last good keys serve while the issuer gives none: a night's outage, and no longer. */
export const KEYS_AGE_MAX_MS = 86_400_000;

/** Fetches that tokens can cause beyond the schedule, within `DEMAND_WINDOW_MS`: a stranger's `kid` is no lever. */
export const DEMAND_FETCHES_MAX = 4;
export const DEMAND_WINDOW_MS = 60_000;

/** How often the age of the keys is reported and the schedule looked at. */
const TICK_MS = 15_000;

/** What the keys of one issuer need. */
export interface IssuerKeysDependencies {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly fetch: Fetch;
}

/** One issuer's keys: fetched in the background, kept through outages for a bounded time, replaced as a whole. */
export class IssuerKeys {
  readonly #issuer: IssuerOptions;
  readonly #dependencies: IssuerKeysDependencies;
  #keys: JWTVerifyGetKey | null = null;
  #fetchedAt: EpochMs | null = null;
  #dueAt: EpochMs;
  #inFlight: Promise<void> | null = null;
  /** When tokens caused a fetch, oldest first. */
  #demands: EpochMs[] = [];
  #cancelTick: () => void = () => {};
  #closed = false;

  /** Starts fetching. */
  constructor(issuer: IssuerOptions, dependencies: IssuerKeysDependencies) {
    this.#issuer = issuer;
    this.#dependencies = dependencies;
    this.#dueAt = dependencies.clock.now();
    this.#tick();
  }

  /** The present keys. @throws TokenRejected('keys-unavailable') where there are none that are young enough. */
  async current(): Promise<JWTVerifyGetKey> {
    if (this.#usable() === null) await this.#demand();
    const keys = this.#usable();
    if (keys === null) {
      throw new TokenRejected('keys-unavailable', 'the keys of the issuer are not known: it could not be reached');
    }
    return keys;
  }

  /** Keys that are newer than `seen`, for a token whose key `seen` lacks; null: there are none, or too many asked. */
  async newerThan(seen: JWTVerifyGetKey): Promise<JWTVerifyGetKey | null> {
    if (this.#keys === seen) await this.#demand();
    const keys = this.#usable();
    return keys === seen ? null : keys;
  }

  close(): void {
    this.#closed = true;
    this.#cancelTick();
  }

  #usable(): JWTVerifyGetKey | null {
    return this.#age() <= KEYS_AGE_MAX_MS ? this.#keys : null;
  }

  #age(): number {
    return this.#fetchedAt === null ? Number.POSITIVE_INFINITY : this.#dependencies.clock.now() - this.#fetchedAt;
  }

  async #demand(): Promise<void> {
    if (this.#inFlight !== null) return this.#inFlight;
    const now = this.#dependencies.clock.now();
    this.#demands = this.#demands.filter((at) => Math.abs(now - at) < DEMAND_WINDOW_MS);
    if (this.#demands.length >= DEMAND_FETCHES_MAX) return;
    this.#demands.push(now);
    await this.#refresh();
  }

  #tick(): void {
    const { clock, telemetry } = this.#dependencies;
    // A clock that was set back must not keep withdrawn keys alive until it has caught up.
    this.#dueAt = Math.min(this.#dueAt, clock.now() + REFRESH_MS);
    if (this.#fetchedAt !== null) this.#fetchedAt = Math.min(this.#fetchedAt, clock.now());
    if (clock.now() >= this.#dueAt) void this.#refresh();
    const age = this.#age();
    if (Number.isFinite(age)) telemetry.set('jwks_age_seconds', { issuer: this.#issuer.issuer }, age / 1000);
    this.#cancelTick = clock.after(TICK_MS, () => this.#tick());
  }

  /** Never rejects: a failure leaves the keys as they are. */
  #refresh(): Promise<void> {
    this.#inFlight ??= this.#replace().finally(() => {
      this.#inFlight = null;
    });
    return this.#inFlight;
  }

  async #replace(): Promise<void> {
    const { clock, telemetry, log, fetch } = this.#dependencies;
    const { issuer } = this.#issuer;
    const startedAt = clock.now();
    try {
      this.#keys = await fetchKeys(this.#issuer, fetch, clock);
      this.#fetchedAt = startedAt;
      this.#dueAt = startedAt + REFRESH_MS;
      telemetry.set('jwks_age_seconds', { issuer }, (clock.now() - startedAt) / 1000);
    } catch (error) {
      this.#dueAt = startedAt + RETRY_MS;
      const reason = error instanceof Error ? error.message : 'failed';
      const state = this.#usable() === null ? 'none are known' : 'the last good ones serve on';
      if (!this.#closed) log.warn({ issuer, reason }, `keys of the issuer could not be fetched; ${state}`);
    }
  }
}
