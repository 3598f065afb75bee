import fc from 'fast-check';
import type { Entry, Protocol, Step } from '../corpus.ts';
import { CHOICE_MAX, Choices } from './choices.ts';
import { EMPTY_SCOPE, type Generation } from './generation.ts';
import { randomExpression } from './random-expression.ts';
import { randomQuery } from './random-query.ts';
import type { Table } from './random-schema.ts';

/** What a client sends, and by which protocol. */
export interface RandomStatement {
  readonly steps: readonly Step[];
  readonly protocol: Protocol;
  /** Its query by itself. */
  readonly query: string;
  /** Secrets went into its outputs. */
  readonly secret: boolean;
}

/** More choices than a statement needs, mostly. */
export const CHOICES_MAX: number = 400;
const DEPTH = 3;

/** Statements over a schema. A find is shrunk to the fewest and simplest choices that still make one. */
export function statements(tables: readonly Table[]): fc.Arbitrary<RandomStatement> {
  const numbers = fc.array(fc.nat(CHOICE_MAX), { maxLength: CHOICES_MAX, size: 'max' });
  return fc.noBias(numbers).map((list) => randomStatement(new Choices(list), tables));
}

/** The statement that some choices make. */
export function randomStatement(choices: Choices, tables: readonly Table[]): RandomStatement {
  const protocol = choices.pick(['simple', 'extended', 'binary'] as const);
  const wrap = choices.weighted(WRAPPINGS);
  const parameters: string[] | null = wrap === withParameters ? [] : null;
  const g = createGeneration(choices, tables, parameters);
  const { sql, columns } = g.query(EMPTY_SCOPE, { depth: choices.below(DEPTH + 1), place: 'output' });
  return { query: sql, secret: columns.some(({ secret }) => secret), protocol, ...wrap(sql, choices, g) };
}

export const entryOf = ({ steps }: RandomStatement): Entry => ({
  ...{ id: 'generated', why: 'generated', class: 'mask-leak', expect: 'no canary leaks' },
  sql: steps,
});

function createGeneration(choices: Choices, tables: readonly Table[], parameters: string[] | null): Generation {
  let names = 0;
  const g: Generation = {
    ...{ choices, tables, parameters },
    name: (prefix) => `${prefix}${++names}`,
    expression: (scope, type, place, depth) => randomExpression(g, scope, type, place, depth),
    query: (scope, options) => randomQuery(g, scope, { ...options, depth: Math.max(0, options.depth) }),
  };
  return g;
}

type Wrapping = (
  sql: string,
  choices: Choices,
  g: Generation,
) => Pick<RandomStatement, 'steps'> & Partial<Pick<RandomStatement, 'protocol'>>;

const plain: Wrapping = (sql) => ({ steps: [sql] });

const withParameters: Wrapping = (sql, choices, { parameters }) => ({
  steps: [{ q: sql, params: parameters ?? [], binary: choices.chance(40), maxRows: choices.below(3) }],
});

const copied: Wrapping = (sql, choices) => ({
  steps: [
    `COPY (${sql}) TO STDOUT${choices.pick(['', ' WITH (FORMAT csv, HEADER)', ' WITH (FORMAT binary)', " WITH (NULL 'none')"])}`,
  ],
});

const fetched: Wrapping = (sql, choices) => {
  const kind = choices.pick(['', 'SCROLL ', 'BINARY ', 'NO SCROLL ', 'INSENSITIVE ']);
  const fetches = choices.several(1, 2, () =>
    choices.pick(['FETCH ALL FROM u', 'FETCH 2 FROM u', 'MOVE 1 IN u', 'FETCH BACKWARD 1 FROM u', 'FETCH NEXT FROM u']),
  );
  return { steps: ['BEGIN', `DECLARE u ${kind}CURSOR FOR ${sql}`, ...fetches, 'CLOSE u', 'ROLLBACK'] };
};

const prepared: Wrapping = (sql) => ({ steps: [`PREPARE v AS ${sql}`, 'EXECUTE v', 'EXECUTE v', 'DEALLOCATE ALL'] });

const explained: Wrapping = (sql, choices) => ({
  steps: [
    `EXPLAIN ${choices.pick(['', 'VERBOSE ', '(COSTS OFF) ', '(VERBOSE, FORMAT JSON) ', '(ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF) '])}${sql}`,
  ],
});

const inPortals: Wrapping = (sql, choices) => {
  const format = choices.below(2);
  const [name, portal] = [choices.pick(['', 'a']), choices.pick(['', 'b'])];
  return {
    steps: [
      'BEGIN',
      {
        msgs: [
          ['P', name, sql],
          ['D', 'S', name],
          ['B', portal, name, format],
          ['E', portal, 2],
          ['E', portal, 0],
          ['S'],
        ],
      },
      {
        msgs: [
          ['B', portal, name, 1 - format],
          ['D', 'P', portal],
          ['E', portal, 0],
          ['C', 'P', portal],
          ['C', 'S', name],
          ['S'],
        ],
      },
      'ROLLBACK',
    ],
  };
};

const severalInOne: Wrapping = (sql) => ({ steps: [`SELECT 1; ${sql}; SELECT 2`], protocol: 'simple' });

const intoCte: Wrapping = (sql) => ({
  steps: [`WITH whole AS (${sql}) SELECT whole::text, count(*) OVER () FROM whole`],
});

const WRAPPINGS: readonly (readonly [number, Wrapping])[] = [
  [60, plain],
  [10, withParameters],
  [7, copied],
  [6, fetched],
  [5, prepared],
  [4, explained],
  [5, inPortals],
  [2, severalInOne],
  [2, intoCte],
];
