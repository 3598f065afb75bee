import type { RuleVerdict } from '@bailiwick/domain';
import type { ConnectDecision, DecisionInput } from '../policy.ts';
import { every } from '../regions/certainty.ts';
import { foldPlace, foldReader, type RegionFolding } from '../regions/folding.ts';
import type { Rule } from '../rules/rule.ts';
import { missingClaims, type Reader, readerOf, selectsReader, whereabouts } from './reader.ts';
import { ClassContext } from './rule-voice.ts';
import type { DecisionGround } from './statement-scope.ts';
import { refusal } from './wording.ts';

/**
 * Only rules on the datasource's own region, with no tags, tables or classes, speak while connecting. A reader whose
 * place is not known may connect, and is refused what is regulated later (CONTRACT section 4).
 */
export function decideConnect(
  input: Omit<DecisionInput, 'facts'>,
  ground: DecisionGround,
  folding: RegionFolding,
): ConnectDecision {
  const reader = readerOf(input, ground.regions);
  const context = new ClassContext(reader, ground.regions, null, { tables: [], tags: [] });
  const verdicts: RuleVerdict[] = [];
  let blocking: Rule | null = null;
  for (const rule of ground.rules.filter(speaksAtConnect)) {
    const { certainty, excepted } = context.voice(rule);
    const belongs = rule.data === null ? 'no' : ground.regions.within(ground.home, rule.data);
    if (every([certainty, belongs]) === 'no' || selectsReader(rule, reader, ground.regions) !== 'yes') continue;
    verdicts.push({
      rule: rule.id,
      effect: rule.action.effect,
      excepted,
      dryRun: rule.dryRun,
      residency: {
        dataRegion: foldPlace(ground.home, folding, ground.regions, rule.data),
        consumerRegion: foldReader(reader.places, rule, folding, ground.regions),
      },
    });
    if (!excepted && !rule.dryRun) blocking ??= rule;
  }
  return { refusal: blocking === null ? null : connectRefusal(blocking, reader, ground), verdicts };
}

const speaksAtConnect = (rule: Rule): boolean =>
  rule.action.effect === 'block' &&
  rule.data !== null &&
  rule.tags === null &&
  rule.tables === null &&
  rule.does === null;

function connectRefusal(rule: Rule, reader: Reader, ground: DecisionGround) {
  const missing = missingClaims(reader);
  const message = `the data of ${reader.session.datasource} belongs to ${ground.home}; ${whereabouts(reader)}`;
  return refusal(
    'connect-blocked',
    rule.id,
    missing === null ? message : `${message} (${missing})`,
    `rule ${rule.id} does not let it go there; connect from a place that the rule accepts`,
  );
}
