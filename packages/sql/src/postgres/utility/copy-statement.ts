import type { CopyFormatName, StatementClass } from '@bailiwick/domain';
import type { CopyStmt } from '@pgsql/types';
import { copyLayout } from './copy-layout.ts';
import { type StatementReaders, utility } from './statement-readers.ts';
import { namesIn, relationsOf } from './tree-nodes.ts';
import type { FlowTarget, UtilityStatement } from './utility-statement.ts';

/** COPY in all its directions. */
export const COPY_STATEMENT: StatementReaders<'CopyStmt'> = {
  CopyStmt: (copy) => (copy.is_from === true ? readCopyFrom(copy) : readCopyTo(copy)),
};

function readCopyTo(copy: CopyStmt): UtilityStatement {
  const { relation, query } = copy;
  const formats = formatsOf(copy);
  const flowTarget = serverSide(copy);
  const toClient = flowTarget === null;
  return utility('COPY', toClient ? ['READ'] : classesOf(['READ', 'WRITE'], copy), {
    copy: toClient
      ? { direction: 'out', format: formats.format, layout: copyLayout(formats.format, copy.options ?? []) }
      : null,
    copyColumns: columnsOf(copy),
    rows: !toClient ? 'none' : query === undefined ? 'relation' : 'inner',
    relations: relationsOf('read', [relation]),
    inner: query === undefined ? [] : [{ node: query, as: 'copy-out' }],
    runsUnknownCode: copy.is_program === true,
    flowTarget,
    unproven: formats.unproven,
  });
}

function readCopyFrom(copy: CopyStmt): UtilityStatement {
  const { relation, whereClause } = copy;
  const formats = formatsOf(copy);
  const flowTarget = serverSide(copy);
  const scope = relation === undefined ? {} : { scope: relation };
  return utility('COPY', classesOf(['WRITE'], copy), {
    copy: flowTarget === null ? { direction: 'in', format: formats.format } : null,
    copyColumns: columnsOf(copy),
    relations: relationsOf('write', [relation]),
    expressions: whereClause === undefined ? [] : [{ node: whereClause, place: 'filter', ...scope }],
    runsUnknownCode: copy.is_program === true,
    flowTarget,
    unproven: formats.unproven,
  });
}

const classesOf = (classes: readonly StatementClass[], copy: CopyStmt): readonly StatementClass[] =>
  copy.is_program === true ? [...classes, 'FUNCTION'] : classes;

const columnsOf = ({ attlist }: CopyStmt): readonly string[] | null =>
  attlist === undefined || attlist.length === 0 ? null : namesIn(attlist);

/** The file or program of the server that takes or gives the data; null: the client does. */
function serverSide({ filename, is_program }: CopyStmt): FlowTarget | null {
  if (is_program === true) return { kind: 'program', name: '' };
  return filename === undefined ? null : { kind: 'file', name: filename };
}

/** The old syntax (COPY BINARY t, … CSV) gives the same option. The server refuses a second one, and any other word. */
function formatsOf({ options = [] }: CopyStmt): { format: CopyFormatName; unproven: readonly string[] } {
  const given = options.flatMap((option) =>
    'DefElem' in option && option.DefElem.defname === 'format'
      ? namesIn(option.DefElem.arg && [option.DefElem.arg])
      : [],
  );
  const [format = 'text', second] = given;
  if (second === undefined && (format === 'text' || format === 'csv' || format === 'binary'))
    return { format, unproven: [] };
  return { format: 'binary', unproven: ['COPY in a format that is not text, csv or binary'] };
}
