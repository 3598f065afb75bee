import { createHash } from 'node:crypto';
import type { ColumnRef, Decision, EpochMs, Identity } from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';
import { type BoundColumn, BoundDataMap, columnLabel, columnRef } from './bind/bound-data-map.ts';
import { NO_ORIGINS, type Origins, type TaggedCatalog, tagColumns } from './bind/tag-columns.ts';
import type { PolicyParts } from './compiled-policy.ts';
import { isUnreviewed } from './decide/column-verdict.ts';
import { decide } from './decide/decide.ts';
import { decideConnect } from './decide/decide-connect.ts';
import { decideUnparsed } from './decide/decide-unparsed.ts';
import { selectsColumn } from './decide/rule-voice.ts';
import type { DecisionGround } from './decide/statement-scope.ts';
import type { ConnectDecision, DatasourcePlace, DatasourcePolicy, DecisionInput, PolicySession } from './policy.ts';
import { type RegionFolding, regionFolding } from './regions/folding.ts';
import type { Budget } from './rules/budget.ts';
import { appliesTo, masksWholeTables } from './rules/rule.ts';

/** One datasource's part of a policy, bound to a catalog. Immutable. */
export class BoundPolicy implements DatasourcePolicy {
  readonly version: string;
  readonly hasDataMap: boolean;
  readonly missing: readonly string[];
  readonly dependsOnTime: boolean;
  readonly budgets: readonly Budget[];
  readonly #ground: DecisionGround;
  readonly #folding: RegionFolding;
  readonly #origins: Origins;

  constructor(parts: PolicyParts, datasource: DatasourcePlace, catalog: Catalog | null, previous: BoundPolicy | null) {
    const tables = parts.data.get(datasource.name) ?? new Map();
    const rules = parts.rules.filter((rule) => appliesTo(rule, datasource.name));
    const home = parts.regions.canonical(datasource.region);
    const before = previous === null ? NO_ORIGINS : previous.#origins;
    const bound: TaggedCatalog | null = catalog === null ? null : tagColumns(catalog, tables, before);
    this.hasDataMap = tables.size > 0 || rules.some(masksWholeTables) || parts.defaults.untagged !== 'allow';
    this.missing = bound?.missing ?? [];
    this.dependsOnTime = rules.some((rule) => rule.when?.readsTime === true || rule.except?.readsTime === true);
    this.budgets = parts.budgets;
    this.#origins = bound?.origins ?? before;
    this.#folding = regionFolding(rules, parts.regions);
    this.#ground = {
      regions: parts.regions,
      rules,
      defaults: parts.defaults,
      map: catalog === null || bound === null ? null : new BoundDataMap(catalog, bound.tagging, home),
      hasDataMap: this.hasDataMap,
      home,
    };
    this.version = versionOf([parts.version, datasource.name, home, catalog?.version ?? '', textOf(this.#origins)]);
  }

  unreviewed(): readonly string[] {
    const tables = new Map<string, BoundColumn[]>();
    for (const column of this.#ground.map?.allColumns() ?? [])
      tables.set(column.relation.label, [...(tables.get(column.relation.label) ?? []), column]);
    return [...tables].flatMap(([label, columns]) => {
      const open = columns.filter(({ reviewed }) => !reviewed);
      return open.length === columns.length && open.length > 0 ? [label] : open.map(columnLabel);
    });
  }

  regulatedColumns(): readonly ColumnRef[] {
    const { map, regions, rules } = this.#ground;
    const masking = rules.filter(({ action }) => action.effect === 'mask');
    return [...(map?.allColumns() ?? [])]
      .filter(
        (column) =>
          column.tags.length > 0 ||
          isUnreviewed(column, this.#ground) ||
          masking.some((rule) => selectsColumn(rule, column, regions) !== 'no'),
      )
      .map(columnRef);
  }

  decideConnect(identity: Identity, session: PolicySession, now: EpochMs): ConnectDecision {
    return decideConnect({ identity, session, now }, this.#ground, this.#folding);
  }

  decide(input: DecisionInput): Decision {
    return decide(input, this.#ground, this.#folding);
  }

  decideUnparsed(input: Omit<DecisionInput, 'facts'>, reason: string): Decision {
    return decideUnparsed(input, reason, this.#ground, this.#folding);
  }
}

function versionOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** The origins in a fixed order. */
function textOf(origins: Origins): string {
  const columns = [...origins.columns].map(([name, objects]) => [
    name,
    [...objects].map(([oid, set]) => [oid, [...set]]),
  ]);
  return JSON.stringify([[...origins.tables].map(([name, oids]) => [name, [...oids]]), columns]);
}
