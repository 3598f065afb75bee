import type { FunctionUse, OutputColumn } from '@bailiwick/domain';
import { Analysis, type StatementParts, triggersOf } from './analysis.ts';
import { columnsOfRelation } from './copy-relation.ts';
import type { Environment } from './environment.ts';
import { innerParts } from './inner-statement.ts';
import { lookUpRelation, nameOf, tableRef } from './lower/relation-names.ts';
import { tableRelation } from './lower/table-relation.ts';
import { namedParts } from './named-statement.ts';
import { asSource, copiedFrom } from './new-table.ts';
import type { UtilityStatement } from './utility/utility-statement.ts';
import { readExpressions } from './utility-expressions.ts';

/** The facts of a statement that is not a query, from what its own words say and the names that the catalog knows. */
export function utilityParts(utility: UtilityStatement, environment: Environment): StatementParts {
  const analysis = new Analysis(environment);
  if (utility.runsUnknownCode) analysis.reader.addFunctions([unknownCode(utility)]);
  readRelations(utility, analysis);
  const flows = readExpressions(utility.expressions, analysis);
  const own = copiesRelation(utility) ? columnsOfRelation(utility, analysis) : null;
  const parts = analysis.parts(utility.command, utility.classes, {
    outputs: own ?? settingOutputs(utility),
    outputsUnknown: utility.rows === 'unknown' || (copiesRelation(utility) && own === null),
    transaction: utility.transaction,
    copy: utility.copy,
    settings: utility.settings,
    flows,
    names: plainNames(utility),
    changesCatalog: utility.changesCatalog,
    unproven: utility.unproven.map((reason) => ({ kind: 'construct', reason, offset: -1 })),
  });
  const withInner = utility.inner.reduce((outer, inner) => innerParts(outer, inner, utility, environment), parts);
  return diverted(namedParts(withInner, utility, environment), utility);
}

/** COPY table TO, to whomever. */
const copiesRelation = ({ command, relations, inner }: UtilityStatement): boolean =>
  command === 'COPY' && inner.length === 0 && relations.some(({ access }) => access === 'read');

const unknownCode = ({ command, procedure }: UtilityStatement): FunctionUse => ({
  name: procedure === null ? command : procedure.join('.'),
  builtin: false,
  safe: false,
  volatility: 'volatile',
});

function plainNames({ names }: UtilityStatement): StatementParts['names'] {
  const { executes, deallocates, fetches, closes } = names;
  return {
    ...(executes === undefined ? {} : { executes }),
    ...(deallocates === undefined ? {} : { deallocates }),
    ...(fetches === undefined ? {} : { fetches }),
    ...(closes === undefined ? {} : { closes }),
  };
}

const FREE: OutputColumn['lineage'] = { kind: 'derived', sources: [] };

/** SHOW: one column named like the setting, SHOW ALL three. No table feeds them. */
function settingOutputs({ rows, names }: UtilityStatement): readonly OutputColumn[] | null {
  if (rows !== 'setting') return null;
  const name = names.shows?.name ?? null;
  const columns = name === null ? ['name', 'setting', 'description'] : [name];
  return columns.map((column) => ({ name: column, lineage: FREE }));
}

/** Relations that the statement names: a required one that is not known is unproven, an optional one says nothing. */
function readRelations({ relations, classes }: UtilityStatement, { lowering, reader }: Analysis): void {
  for (const { range, access, presence } of relations) {
    const known = lookUpRelation(lowering, range);
    if (known === undefined) {
      if (presence === 'optional') continue;
      lowering.note('relation', `the relation ${range.relname ?? ''} is not known`, range.location ?? -1);
      reader.addTable(nameOf(lowering, range), access);
      continue;
    }
    reader.addTable(tableRef(known), access);
    if (known.kind === 'view' || known.kind === 'materialized-view') {
      if (access === 'read' || classes.includes('WRITE')) reader.readRelation(tableRelation(lowering, known));
    }
    if (access === 'write' && classes.includes('WRITE') && known.hasTriggersOrRules) {
      reader.addFunctions([triggersOf(known)]);
    }
  }
}

/** COPY TO a file or program of the server: nothing reaches the client, everything reaches that. */
function diverted(parts: StatementParts, { flowTarget, rows, copy, inner, classes }: UtilityStatement): StatementParts {
  const toServer = flowTarget !== null && copy === null && (inner.length > 0 || classes.includes('READ'));
  if (!toServer || rows === 'unknown') return parts;
  const flows = copiedFrom({ outputs: parts.outputs, columns: parts.columns }, flowTarget);
  return {
    ...parts,
    outputs: null,
    outputsUnknown: false,
    columns: asSource(parts.columns),
    flows: [...parts.flows, ...flows],
  };
}
