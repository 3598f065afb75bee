import type { Decision, StatementFacts } from '@bailiwick/domain';
import { STATEMENT_CLASSES } from '../conditions/condition.ts';
import type { DecisionInput } from '../policy.ts';
import type { RegionFolding } from '../regions/folding.ts';
import { decide } from './decide.ts';
import type { DecisionGround } from './statement-scope.ts';
import { refusal } from './wording.ts';

const RULE = 'defaults.unparsed';

/** A statement of which nothing is known: it may be of any class and touch any table. */
const UNKNOWN_STATEMENT: StatementFacts = {
  dialect: 'postgres',
  command: '',
  classes: STATEMENT_CLASSES,
  start: 0,
  end: 0,
  tables: [],
  columns: [],
  comparisons: [],
  outputs: null,
  outputsUnknown: true,
  functions: [],
  settings: [],
  transaction: null,
  names: {},
  flows: [],
  given: [],
  unproven: [{ kind: 'construct', reason: 'the statement could not be parsed', offset: -1 }],
  copy: null,
  changesCatalog: true,
  withoutEstimates: null,
  normalisedSql: '',
};

/** Refuses what cannot be parsed where anything is regulated or the defaults say so; else the rules for writes judge it. */
export function decideUnparsed(
  input: Omit<DecisionInput, 'facts'>,
  reason: string,
  ground: DecisionGround,
  folding: RegionFolding,
): Decision {
  const judged = decide({ ...input, facts: [UNKNOWN_STATEMENT] }, ground, folding);
  if (!ground.hasDataMap && ground.defaults.unparsed === 'allow') return judged;
  const refused = refusal(
    'unparsed',
    RULE,
    `the statement could not be parsed, so it was not run: ${reason}`,
    'send SQL that the database itself accepts, as in SELECT id FROM schema.table',
  );
  const verdict = { rule: RULE, effect: 'block', excepted: false, dryRun: false, residency: null } as const;
  return { ...judged, effect: 'block', rule: RULE, refusal: refused, hold: null, verdicts: [verdict] };
}
