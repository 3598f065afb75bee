import type { Clock, EpochMs } from '@bailiwick/domain';
import type { Budget } from '@bailiwick/policy';

/** A window is counted in this many parts; what was spent counts until its whole part is as old as the window. */
const PARTS = 60;

/** Counts of so many identities and budgets are kept; while all of them still count, nobody new may spend. */
const COUNTS_MAX = 100_000;

interface Spending {
  /** When the part of the window ends in which it was spent. */
  readonly until: EpochMs;
  amount: number;
}

/** Why something may not be spent. */
export interface Overdrawn {
  readonly budget: Budget;
  /** When it may be tried again; null: never, for it is more than the whole budget. */
  readonly retryAfterMs: number | null;
}

/**
 * What each identity has spent of each budget in the window that ends now, over all sessions and datasources of this
 * gateway. Kept in memory: a restart forgets it, and gateways of a fleet count apart.
 */
export class BudgetLedger {
  readonly #clock: Clock;
  readonly #countsMax: number;
  /** By budget and identity, the longest unused first. */
  readonly #counts = new Map<string, { readonly windowMs: number; spendings: Spending[] }>();

  constructor(clock: Clock, countsMax: number = COUNTS_MAX) {
    this.#clock = clock;
    this.#countsMax = countsMax;
  }

  /** Spends `amount` of all the budgets, or of none of them: then the one that has too little left. */
  spend(identityKey: string, budgets: readonly Budget[], amount: number): Overdrawn | null {
    if (amount <= 0) return null;
    const now = this.#clock.now();
    for (const budget of budgets) {
      const retryAfterMs = this.#missing(budget, identityKey, amount, now);
      if (retryAfterMs !== undefined) return { budget, retryAfterMs };
    }
    for (const budget of budgets) this.#add(budget, identityKey, amount, now);
    return null;
  }

  /** Undefined: there is enough left. */
  #missing(budget: Budget, identityKey: string, amount: number, now: EpochMs): number | null | undefined {
    if (amount > budget.probesMax) return null;
    const spendings = this.#current(budget, identityKey, now);
    if (spendings === null) return this.#makeRoom(now) ? undefined : budget.windowMs;
    let excess = spendings.reduce((sum, one) => sum + one.amount, 0) + amount - budget.probesMax;
    if (excess <= 0) return undefined;
    for (const spending of spendings) {
      excess -= spending.amount;
      if (excess <= 0) return spending.until + budget.windowMs - now;
    }
    return budget.windowMs;
  }

  /** What still counts, the oldest first; null: nothing was ever counted, or all of it is over. */
  #current(budget: Budget, identityKey: string, now: EpochMs): readonly Spending[] | null {
    const key = keyOf(budget, identityKey);
    const known = this.#counts.get(key);
    if (known === undefined) return null;
    known.spendings = known.spendings.filter(({ until }) => until + budget.windowMs > now);
    if (known.spendings.length > 0) return known.spendings;
    this.#counts.delete(key);
    return null;
  }

  #add(budget: Budget, identityKey: string, amount: number, now: EpochMs): void {
    const key = keyOf(budget, identityKey);
    const { windowMs } = budget;
    const partMs = Math.max(1, Math.ceil(windowMs / PARTS));
    const until = (Math.floor(now / partMs) + 1) * partMs;
    const spendings = this.#counts.get(key)?.spendings ?? [];
    const last = spendings.at(-1);
    if (last !== undefined && last.until >= until) last.amount += amount;
    else spendings.push({ until, amount });
    this.#counts.delete(key);
    this.#counts.set(key, { windowMs, spendings });
  }

  /** Forgets what is over, where there is no room otherwise. */
  #makeRoom(now: EpochMs): boolean {
    if (this.#counts.size < this.#countsMax) return true;
    for (const [key, { windowMs, spendings }] of this.#counts)
      if ((spendings.at(-1)?.until ?? 0) + windowMs <= now) this.#counts.delete(key);
    return this.#counts.size < this.#countsMax;
  }
}

const keyOf = ({ id }: Budget, identityKey: string): string => `${id} ${identityKey}`;
