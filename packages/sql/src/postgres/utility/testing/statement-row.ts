import type { SettingChange } from '@bailiwick/domain';
import type { RangeVar } from '@pgsql/types';
import type { UtilityStatement } from '../utility-statement.ts';

/** What a row of the table says beyond command and classes; what it leaves out is empty. */
export interface Rest {
  readonly settings?: readonly string[];
  readonly transaction?: UtilityStatement['transaction'];
  readonly copy?: string;
  readonly copyColumns?: readonly string[];
  readonly catalog?: boolean;
  readonly rows?: UtilityStatement['rows'];
  readonly relations?: readonly string[];
  readonly renames?: readonly string[];
  readonly inner?: readonly string[];
  readonly expressions?: readonly string[];
  readonly names?: UtilityStatement['names'];
  readonly procedure?: readonly string[];
  readonly code?: boolean;
  readonly flowTarget?: string;
  readonly unproven?: readonly string[];
}

/** A statement, its command, its classes (with spaces between), and the rest. */
export type Row = readonly [sql: string, command: string, classes: string, rest?: Rest];

/** What a row expects where it says nothing. */
export const NOTHING_ELSE: Required<Rest> = {
  settings: [],
  transaction: null,
  copy: '',
  copyColumns: [],
  catalog: false,
  rows: 'none',
  relations: [],
  renames: [],
  inner: [],
  expressions: [],
  names: {},
  procedure: [],
  code: false,
  flowTarget: '',
  unproven: [],
};

/** A utility statement in the words of the rows. */
const dotted = ({ schemaname, relname }: RangeVar): string => [schemaname, relname].filter(Boolean).join('.');

const changeText = ({ name, value, scope, certain }: SettingChange): string =>
  `${scope} ${name} = ${certain ? (value ?? 'default') : '?'}`;

export function summary(statement: UtilityStatement): Required<Rest> & { command: string; classes: string } {
  const { copy, flowTarget } = statement;
  return {
    command: statement.command,
    classes: statement.classes.join(' '),
    settings: statement.settings.map(changeText),
    transaction: statement.transaction,
    copy: copy === null ? '' : `${copy.direction} ${copy.format}`,
    copyColumns: statement.copyColumns ?? [],
    catalog: statement.changesCatalog,
    rows: statement.rows,
    relations: statement.relations.map(
      ({ range, access, presence }) => `${access} ${dotted(range)}${presence === 'optional' ? '?' : ''}`,
    ),
    renames: statement.renames.map(({ range, column, to }) => `${dotted(range)} ${column ?? '*'} to ${to}`),
    inner: statement.inner.map(({ node, as, target, columns }) =>
      [as, Object.keys(node)[0], target && `into ${dotted(target)}`, columns && `(${columns.join(', ')})`]
        .filter(Boolean)
        .join(' '),
    ),
    expressions: statement.expressions.map(({ place, scope, column }) =>
      [place, scope && `over ${dotted(scope)}`, column && `for ${column}`].filter(Boolean).join(' '),
    ),
    names: statement.names,
    procedure: statement.procedure ?? [],
    code: statement.runsUnknownCode,
    flowTarget: flowTarget === null ? '' : `${flowTarget.kind} ${flowTarget.name}`.trim(),
    unproven: statement.unproven,
  };
}
