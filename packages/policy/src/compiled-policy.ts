import type { Place } from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';
import { BoundPolicy } from './bound-policy.ts';
import type { DataMap } from './load/data-map.ts';
import type { DatasourcePlace, DatasourcePolicy, Policy } from './policy.ts';
import type { Jurisdictions } from './regions/jurisdictions.ts';
import { residencySeries } from './regions/residency-series.ts';
import type { Budget } from './rules/budget.ts';
import type { Defaults, Rule } from './rules/rule.ts';

/** The parts of a policy once every file is valid. */
export interface PolicyParts {
  readonly version: string;
  readonly regions: Jurisdictions;
  readonly data: DataMap;
  readonly rules: readonly Rule[];
  readonly budgets: readonly Budget[];
  readonly defaults: Defaults;
}

/** The files of a configuration as one policy. */
export class CompiledPolicy implements Policy {
  readonly version: string;
  readonly #parts: PolicyParts;

  constructor(parts: PolicyParts) {
    this.version = parts.version;
    this.#parts = parts;
  }

  bind(datasource: DatasourcePlace, catalog: Catalog | null, previous: DatasourcePolicy | null): DatasourcePolicy {
    return new BoundPolicy(this.#parts, datasource, catalog, previous instanceof BoundPolicy ? previous : null);
  }

  residencySeries(datasources: readonly DatasourcePlace[]): readonly {
    readonly datasource: string;
    readonly rule: string;
    readonly dataRegion: Place;
    readonly consumerRegion: Place;
  }[] {
    return residencySeries(this.#parts, datasources);
  }
}
