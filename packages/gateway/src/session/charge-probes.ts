import { GatewayError, type Probes, type StatementFacts } from '@bailiwick/domain';
import { type Bind, formatOf } from '@bailiwick/postgres';
import { countElements } from '@bailiwick/sql';
import type { Overdrawn } from '../budget-ledger.ts';
import type { Judgement } from './judgement.ts';
import { refusedJudgement } from './refused-judgement.ts';
import type { SessionCore } from './session-core.ts';

/** How many elements bound arrays have, by the parameter's number. */
export type ArrayLengths = ReadonlyMap<number, number>;

export const NO_ARRAYS: ArrayLengths = new Map();

/**
 * Takes what running a judged statement once guesses at masked values from the identity's budgets. Where one has too
 * little left the judgement comes back as a refusal; nothing is taken then, nor for what is refused anyway.
 */
export function chargeProbes(core: SessionCore, judgement: Judgement, lengths: ArrayLengths): Judgement {
  const { budgets } = core.datasource.policy;
  const { probes } = judgement.decision;
  if (budgets.length === 0 || judgement.error !== null || core.datasource.options.mode === 'observe') return judgement;
  if (probes.constants === 0 && probes.arrays.length === 0 && !probes.unseen) return judgement;
  const count = countOf(probes, lengths);
  if (count === null) return refusedJudgement(judgement, unseenArray(budgets[0]?.id ?? '', probes));
  const overdrawn = core.datasource.budgets.spend(core.info.identity.key, budgets, count);
  return overdrawn === null ? judgement : refusedJudgement(judgement, exceeded(overdrawn, probes, count));
}

/** The lengths of the bound arrays that a statement compares columns with: at least as many as there are elements. */
export function arrayLengths(
  facts: readonly StatementFacts[],
  { parameters, parameterFormats }: Pick<Bind, 'parameters' | 'parameterFormats'>,
): ArrayLengths {
  const arrays = facts.flatMap(({ comparisons }) => comparisons.flatMap((comparison) => comparison.arrays));
  if (arrays.length === 0) return NO_ARRAYS;
  return new Map(
    arrays.map((number) => {
      const value = parameters[number - 1] ?? null;
      if (value === null) return [number, 1];
      const binary = formatOf(parameterFormats, number - 1) === 1;
      return [number, binary ? binaryLength(value) : countElements(Buffer.from(value).toString('latin1'))];
    }),
  );
}

/** array_send: dimensions, flags, the elements' type, then length and lower bound of each dimension. */
function binaryLength(value: Uint8Array): number {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const dimensions = bytes.length < 12 ? 0 : bytes.readUInt32BE(0);
  let length = 1;
  for (let at = 12; at < 12 + dimensions * 8 && at + 8 <= bytes.length; at += 8) length *= bytes.readUInt32BE(at);
  return length;
}

/** Null: nobody can tell. */
function countOf({ constants, arrays, unseen }: Probes, lengths: ArrayLengths): number | null {
  let count = constants;
  for (const number of arrays) {
    const length = lengths.get(number);
    if (length === undefined) return null;
    count += length;
  }
  return unseen ? null : count;
}

const namesOf = ({ columns }: Probes): string => (columns.length === 0 ? 'a masked column' : columns.join(', '));

function unseenArray(rule: string, probes: Probes): GatewayError {
  return new GatewayError(
    'budget-exceeded',
    `the statement compares ${namesOf(probes)} with an array whose size is not known before it runs, and budget ${rule} counts its elements`,
    'list the constants, as in IN ($1, $2), or bind the array by the extended protocol',
    { rule, columns: probes.columns },
  );
}

function exceeded({ budget, retryAfterMs }: Overdrawn, probes: Probes, count: number): GatewayError {
  const retryAfterSeconds = retryAfterMs === null ? null : Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new GatewayError(
    'budget-exceeded',
    `the statement compares ${namesOf(probes)} with ${count === 1 ? 'a constant' : `${count} constants`}, and budget ${budget.id} allows you ${budget.probesMax} such guesses in ${duration(budget.windowMs)}`,
    retryAfterSeconds === null
      ? `compare with at most ${budget.probesMax} constants at a time`
      : `try again in ${retryAfterSeconds} s, or look rows up by columns that are not masked`,
    { rule: budget.id, columns: probes.columns, ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }) },
  );
}

function duration(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const)
    if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}
