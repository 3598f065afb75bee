import type { CreateStmt } from '@pgsql/types';
import { definition, type StatementReaders } from './statement-readers.ts';
import { joinParts, type Parts, partsOfBound, partsOfElements, partsOfKeys, partsOfParents } from './table-elements.ts';
import { namesIn, rangeOf, relationsOf } from './tree-nodes.ts';

/** CREATE TABLE, CREATE FOREIGN TABLE, sequences and domains. */
export const CREATE_TABLE_STATEMENTS: StatementReaders<
  | 'CreateStmt'
  | 'CreateForeignTableStmt'
  | 'CreateSeqStmt'
  | 'AlterSeqStmt'
  | 'CreateDomainStmt'
  | 'AlterDomainStmt'
  | 'CompositeTypeStmt'
> = {
  CreateStmt: (create) => definition('CREATE TABLE', partsOfTable(create)),
  CreateForeignTableStmt: ({ base }) => definition('CREATE FOREIGN TABLE', partsOfTable(base ?? {})),
  CreateSeqStmt: ({ sequence, options }) =>
    definition('CREATE SEQUENCE', {
      relations: [...relationsOf('write', [sequence], 'optional'), ...relationsOf('read', [ownerOf(options)])],
    }),
  AlterSeqStmt: ({ sequence, options, missing_ok }) =>
    definition('ALTER SEQUENCE', {
      relations: [
        ...relationsOf('write', [sequence], missing_ok === true ? 'optional' : 'required'),
        ...relationsOf('read', [ownerOf(options)]),
      ],
    }),
  CreateDomainStmt: ({ constraints }) => definition('CREATE DOMAIN', partsOfElements(constraints, undefined)),
  AlterDomainStmt: ({ def, subtype }) => {
    const isConstraint = def !== undefined && 'Constraint' in def;
    const expressions = def === undefined || isConstraint ? [] : [{ node: def, place: 'default' as const }];
    const unchecked = isConstraint && def.Constraint.skip_validation === true;
    // Of constraints: C adds one, V validates one, O is SET NOT NULL (AlterDomainStmt in parsenodes.h).
    const checks = ['C', 'V', 'O'].includes(subtype ?? '') && !unchecked;
    return definition('ALTER DOMAIN', {
      ...(isConstraint ? partsOfElements([def], undefined) : { expressions }),
      unproven: checks ? ['ALTER DOMAIN that checks all values of the domain, wherever they are stored'] : [],
    });
  },
  CompositeTypeStmt: () => definition('CREATE TYPE'),
};

function partsOfTable(create: CreateStmt): Parts {
  const { relation, tableElts, constraints, nnconstraints, inhRelations, partbound, partspec } = create;
  return joinParts([
    { relations: relationsOf('write', [relation], 'optional'), expressions: [] },
    partsOfElements(tableElts, relation),
    partsOfElements(constraints, relation),
    partsOfElements(nnconstraints, relation),
    partsOfParents(inhRelations),
    partsOfBound(partbound),
    partsOfKeys('partition', partspec?.partParams, relation),
  ]);
}

/** The table of OWNED BY table.column; OWNED BY NONE is a name alone. */
function ownerOf(options: CreateStmt['options']): ReturnType<typeof rangeOf> {
  for (const option of options ?? []) {
    if (!('DefElem' in option) || option.DefElem.defname !== 'owned_by') continue;
    return rangeOf(namesIn(option.DefElem.arg && [option.DefElem.arg]).slice(0, -1));
  }
  return null;
}
