import type { ExplainStmt, Node } from '@pgsql/types';
import { type StatementReaders, utility } from './statement-readers.ts';
import type { InnerUse, UtilityInner } from './utility-statement.ts';

/** CURSOR_OPT_HOLD (parsenodes.h). */
const CURSOR_HOLD = 0x20;

/** Prepared statements, cursors, EXPLAIN: statements about statements. */
export const PREPARED_STATEMENTS: StatementReaders<
  | 'PrepareStmt'
  | 'ExecuteStmt'
  | 'DeallocateStmt'
  | 'DeclareCursorStmt'
  | 'FetchStmt'
  | 'ClosePortalStmt'
  | 'ExplainStmt'
> = {
  PrepareStmt: ({ name = '', argtypes = [], query }) =>
    utility('PREPARE', [], {
      names: { prepares: name },
      inner: innerOf(query, 'prepare', { parameterTypes: argtypes }),
    }),
  ExecuteStmt: ({ name = '', params = [] }) =>
    utility('EXECUTE', [], {
      names: { executes: name },
      rows: 'prepared',
      expressions: params.map((node) => ({ node, place: 'argument' })),
    }),
  DeallocateStmt: ({ name, isall }) =>
    isall === true || name === undefined
      ? utility('DEALLOCATE ALL', ['MISC'], { names: { deallocates: { name: null } } })
      : utility('DEALLOCATE', ['MISC'], { names: { deallocates: { name } } }),
  DeclareCursorStmt: ({ portalname = '', options = 0, query }) =>
    utility('DECLARE CURSOR', [], {
      names: { declares: { name: portalname, holdable: (options & CURSOR_HOLD) !== 0 } },
      inner: innerOf(query, 'declare'),
    }),
  FetchStmt: ({ portalname = '', ismove }) =>
    utility(ismove === true ? 'MOVE' : 'FETCH', ['MISC'], {
      names: { fetches: portalname },
      rows: ismove === true ? 'none' : 'cursor',
    }),
  ClosePortalStmt: ({ portalname }) =>
    utility(portalname === undefined ? 'CLOSE CURSOR ALL' : 'CLOSE CURSOR', ['MISC'], {
      names: { closes: { name: portalname ?? null } },
    }),
  ExplainStmt: (explain) =>
    utility('EXPLAIN', [], {
      rows: 'plan',
      inner: innerOf(explain.query, mayAnalyze(explain) ? 'explain-analyze' : 'explain'),
    }),
};

function innerOf(node: Node | undefined, as: InnerUse, more: Partial<UtilityInner> = {}): readonly UtilityInner[] {
  return node === undefined ? [] : [{ ...more, node, as }];
}

/** Whether any ANALYZE is there that is not plainly off: the last one counts, and this errs on the side of running. */
function mayAnalyze({ options = [] }: ExplainStmt): boolean {
  return options.some(
    (option) => 'DefElem' in option && option.DefElem.defname === 'analyze' && !isOff(option.DefElem.arg),
  );
}

function isOff(arg: Node | undefined): boolean {
  if (arg === undefined) return false;
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) === 0;
  if ('Boolean' in arg) return arg.Boolean.boolval !== true;
  return 'String' in arg && /^(off|false)$/i.test(arg.String.sval ?? '');
}
