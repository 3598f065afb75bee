import type { EpochMs, Lineage, OutputTreatment, StatementFacts } from '@bailiwick/domain';
import { UnparsedError } from '@bailiwick/sql';
import type { Datasource } from './datasource/datasource.ts';
import type { ExplainRequest, Explanation } from './options.ts';
import { upstreamEdits } from './session/judgement.ts';
import { effectiveSearchPath } from './session/search-path.ts';
import { applyEdits } from './session/text-edits.ts';

const NO_NAMES = { prepared: () => undefined, cursor: () => undefined };

/** What would happen to a text if this identity sent it now, on a fresh session. Runs nothing. */
export async function explain(datasource: Datasource, request: ExplainRequest, now: EpochMs): Promise<Explanation> {
  await datasource.refreshCatalog();
  const { catalog, policy } = datasource;
  const session = { datasource: request.datasource, role: '', ip: request.ip, application: '' };
  const path = effectiveSearchPath(catalog?.defaultSearchPath ?? [], catalog?.user ?? '');
  let facts: readonly StatementFacts[] = [];
  let unparsed: UnparsedError | null = null;
  try {
    facts = datasource.facts.understand(request.sql, catalog, path, NO_NAMES);
  } catch (error) {
    unparsed = error instanceof UnparsedError ? error : new UnparsedError('the statement could not be analysed', -1);
  }
  const input = { identity: request.identity, session, now };
  const decision =
    unparsed === null ? policy.decide({ ...input, facts }) : policy.decideUnparsed(input, unparsed.message);
  const edits = upstreamEdits(facts, decision);
  return {
    effect: decision.effect,
    rule: decision.rule,
    rules: decision.verdicts.map(({ rule, effect, excepted, dryRun }) => ({ rule, effect, excepted, dryRun })),
    refusal: decision.refusal,
    classes: [...new Set(facts.flatMap((one) => one.classes))],
    tables: [...new Set(facts.flatMap((one) => one.tables.map(({ table }) => `${table.schema}.${table.name}`)))],
    tags: decision.tags,
    outputs: facts.flatMap((one, index) =>
      (one.outputs ?? []).map((output, column) => ({
        name: output.name,
        lineage: output.lineage.kind,
        sources: sourcesOf(output.lineage),
        ...treatmentOf(decision.treatments[index]?.[column] ?? decision.treatUnknown),
      })),
    ),
    upstreamSql: edits === null ? '' : applyEdits(request.sql, edits),
  };
}

const sourcesOf = (lineage: Lineage): readonly string[] =>
  lineage.kind === 'unknown' ? [] : lineage.sources.map(({ table, name }) => `${table.schema}.${table.name}.${name}`);

function treatmentOf(treatment: OutputTreatment): { readonly treatment: string; readonly rule: string | null } {
  if (treatment.kind === 'mask') return { treatment: treatment.mask.name, rule: treatment.rule };
  return { treatment: treatment.kind, rule: treatment.kind === 'pass' ? null : treatment.rule };
}
