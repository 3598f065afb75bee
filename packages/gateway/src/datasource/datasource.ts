import type { Clock, EpochMs, Log, Telemetry } from '@bailiwick/domain';
import type { DatasourcePolicy, Policy } from '@bailiwick/policy';
import type { Catalog } from '@bailiwick/sql';
import type { BudgetLedger } from '../budget-ledger.ts';
import type { DatasourceOptions } from '../options.ts';
import { CatalogKeeper } from './catalog-keeper.ts';
import { FactsCache } from './facts-cache.ts';

/** Names in one line of the log. */
const REPORTED_MAX = 50;

/** One protected database as the sessions on it share it: its catalog, its part of the policy, what was understood. */
export class Datasource {
  readonly options: DatasourceOptions;
  readonly facts: FactsCache = new FactsCache();
  /** What identities have spent, here and on every other datasource. */
  readonly budgets: BudgetLedger;
  readonly #keeper: CatalogKeeper;
  readonly #log: Log;
  readonly #reported = new Set<string>();
  #policy: Policy;
  #bound: DatasourcePolicy;

  constructor(
    options: DatasourceOptions,
    policy: Policy,
    budgets: BudgetLedger,
    deps: { readonly clock: Clock; readonly telemetry: Telemetry; readonly log: Log },
  ) {
    this.options = options;
    this.budgets = budgets;
    this.#policy = policy;
    this.#log = deps.log;
    this.#bound = policy.bind({ name: options.name, region: options.region }, null, null);
    this.#keeper = new CatalogKeeper(options, deps, () => this.#bind());
  }

  get catalog(): Catalog | null {
    return this.#keeper.catalog;
  }

  /** When the catalog was last read; a read that failed does not count. */
  get catalogReadAt(): EpochMs {
    return this.#keeper.readAt;
  }

  /** The policy that new decisions are made by. */
  get policy(): DatasourcePolicy {
    return this.#bound;
  }

  start(): Promise<void> {
    return this.#keeper.start();
  }

  /** From now on this policy; tags that objects have keep sticking to them. */
  usePolicy(policy: Policy): void {
    this.#policy = policy;
    this.#bind();
  }

  refreshCatalog(): Promise<void> {
    return this.#keeper.refresh();
  }

  /** Whether a statement that names something unknown should ask for a fresh catalog. */
  mayRefreshCatalog(): boolean {
    return this.#keeper.mayRefresh();
  }

  close(): void {
    this.#keeper.close();
  }

  #bind(): void {
    const place = { name: this.options.name, region: this.options.region };
    this.#bound = this.#policy.bind(place, this.#keeper.catalog, this.#bound);
    if (this.#keeper.catalog !== null && this.#bound.missing.length > 0)
      this.#log.warn(
        { datasource: this.options.name, missing: this.#bound.missing },
        'the data map names objects that the database does not have',
      );
    if (this.#bound.hasDataMap) this.#reportNew(this.#bound.unreviewed());
  }

  /** What nobody has reviewed: all of it once, then what appears. */
  #reportNew(unreviewed: readonly string[]): void {
    const fresh = unreviewed.filter((label) => !this.#reported.has(label));
    for (const label of fresh) this.#reported.add(label);
    if (fresh.length > 0)
      this.#log.info(
        { datasource: this.options.name, objects: fresh.slice(0, REPORTED_MAX), count: fresh.length },
        'the data map does not name these',
      );
  }
}
