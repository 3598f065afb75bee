import { type Place, UNKNOWN_PLACE } from '@bailiwick/domain';
import type { PolicyParts } from '../compiled-policy.ts';
import type { DatasourcePlace } from '../policy.ts';
import { appliesTo, type Rule } from '../rules/rule.ts';
import { foldPlace, regionFolding } from './folding.ts';
import { OTHER_PLACE } from './jurisdictions.ts';

/** Rule of what an unknown reader is refused where no rule about places spoke. */
export const UNKNOWN_READER_RULE = 'defaults.unknown_reader';

export interface ResidencySeries {
  readonly datasource: string;
  readonly rule: string;
  readonly dataRegion: Place;
  readonly consumerRegion: Place;
}

/** Every label set of residency blocks that can occur: rules that block by place, and the default for unknown readers. */
export function residencySeries(
  policy: PolicyParts,
  datasources: readonly DatasourcePlace[],
): readonly ResidencySeries[] {
  return datasources.flatMap(({ name, region }) => {
    const rules = policy.rules.filter((rule) => appliesTo(rule, name));
    const folding = regionFolding(rules, policy.regions);
    const mapped = [...(policy.data.get(name)?.values() ?? [])].flatMap((table) => table.region ?? []);
    const homes = [...new Set([policy.regions.canonical(region), ...mapped])];
    const labels = (rule: Rule | null) => {
      const set = rule?.data ?? null;
      const selected = homes.filter((home) => set === null || policy.regions.within(home, set) !== 'no');
      return [...new Set(selected.map((home) => foldPlace(home, folding, policy.regions, set)))];
    };
    const blocking = rules.filter((rule) => rule.reader !== null && rule.action.effect === 'block' && !rule.dryRun);
    const series = blocking.flatMap((rule) =>
      labels(rule).flatMap((dataRegion) =>
        [...folding.names, OTHER_PLACE, UNKNOWN_PLACE].map((consumerRegion) => ({
          datasource: name,
          rule: rule.id,
          dataRegion,
          consumerRegion,
        })),
      ),
    );
    if (policy.defaults.unknownReader === 'allow' || !policy.data.has(name)) return series;
    const unknown = labels(null).map((dataRegion) => ({
      datasource: name,
      rule: UNKNOWN_READER_RULE,
      dataRegion,
      consumerRegion: UNKNOWN_PLACE,
    }));
    return [...series, ...unknown];
  });
}
