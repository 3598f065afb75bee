import type { Call, Expression } from '../query-form/expression.ts';

/** How many constants a column is compared with. */
export interface ComparedConstants {
  /** Those that the text shows. */
  readonly constants: number;
  /** Parameters that are arrays: only their values tell how many they hold. */
  readonly arrays: readonly number[];
}

/** What the other operands of a constant equality of `column` hold. `= ANY (array)` compares with every element. */
export function constantsCompared({ comparison, operands }: Call, column: Expression): ComparedConstants {
  const others = operands.filter((operand) => operand !== column);
  const [only] = others;
  if (comparison !== 'membership' || others.length !== 1 || only === undefined)
    return { constants: others.length, arrays: [] };
  return elementsOf(only);
}

function elementsOf(array: Expression): ComparedConstants {
  switch (array.kind) {
    case 'constant':
      return { constants: countElements(array.value ?? ''), arrays: [] };
    case 'parameter':
      return { constants: 0, arrays: [array.number] };
    case 'composite': {
      const parts = array.elements.map((element) => (element.kind === 'composite' ? elementsOf(element) : ONE));
      return { constants: sum(parts.map(({ constants }) => constants)), arrays: parts.flatMap(({ arrays }) => arrays) };
    }
    case 'call': {
      const [operand] = array.operands;
      return operand === undefined ? ONE : elementsOf(operand);
    }
    default:
      return ONE;
  }
}

const ONE: ComparedConstants = { constants: 1, arrays: [] };

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * At least as many as an array has elements, by its text: separators inside quotes count too. `int2vector` and
 * `oidvector` have no braces and blanks between their elements.
 */
export function countElements(text: string): number {
  const separators = /^\s*[{[]/.test(text) ? /[,;]/ : /[\s,;]/;
  return text.split(separators).length;
}
