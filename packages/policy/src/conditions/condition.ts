import type { StatementClass } from '@bailiwick/domain';
import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import { nearestName } from '../load/nearest-name.ts';
import type { ConditionContext } from './condition-context.ts';

/** Classes by name, for `on.does` and `does()`. */
export const STATEMENT_CLASSES: readonly StatementClass[] = ['READ', 'WRITE', 'FUNCTION', 'ROLE', 'DDL', 'MISC'];

/** Fields of the structured variables. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['human', ['subject', 'groups']],
  ['agent', ['subject', 'groups']],
  ['session', ['datasource', 'role', 'ip', 'application']],
  ['statement', ['class', 'tables', 'tags']],
]);
const VARIABLES = [...FIELDS.keys(), 'groups', 'client_id', 'region', 'model_region', 'now'];

/** Of the evaluation that runs now: CEL functions belong to an environment and see no context of their own. */
let running: Pick<ConditionContext, 'class' | 'grants'> | null = null;

/** Types to check against. `human` and `agent` may be null, which CEL's static types cannot say: fields go by name. */
const environment: Environment = new Environment({
  limits: { maxAstNodes: 2000, maxDepth: 64, maxListElements: 500, maxMapEntries: 100, maxCallArguments: 8 },
})
  .registerVariable('human', 'dyn')
  .registerVariable('agent', 'dyn')
  .registerVariable('groups', 'list<string>')
  .registerVariable('client_id', 'string')
  .registerVariable('region', 'string')
  .registerVariable('model_region', 'string')
  .registerVariable('session', 'map<string, string>')
  .registerVariable('statement', 'dyn')
  .registerVariable('now', 'google.protobuf.Timestamp')
  .registerFunction('does(string): bool', (name: string) => running?.class === name)
  .registerFunction('granted(string): bool', (name: string) => running?.grants.includes(name) === true);

/** A compiled `when` or `except`. */
export interface Condition {
  readonly text: string;
  /** Whether the answer may differ with time. */
  readonly readsTime: boolean;
  /** Null: it failed, because an attribute is missing or for any other reason. Never throws. */
  evaluate(context: ConditionContext): boolean | null;
}

/** What is wrong with an expression; `index` counts characters into its text. */
export interface ConditionProblem {
  readonly index: number;
  readonly message: string;
}

/** Compiles a CEL expression, or says everything that is wrong with it. */
export function compileCondition(
  text: string,
): { readonly condition: Condition } | { readonly problems: readonly ConditionProblem[] } {
  let program: ParseResult;
  try {
    program = environment.parse(text);
  } catch (error) {
    return { problems: [problemOf(error)] };
  }
  const names = nameProblems(program.ast);
  if (names.length > 0) return { problems: names };
  const checked = program.check();
  if (!checked.valid) return { problems: [problemOf(checked.error)] };
  if (checked.type !== 'bool') {
    return { problems: [{ index: 0, message: `a condition must be true or false, this one is ${checked.type}` }] };
  }
  return { condition: { text, readsTime: reads(program.ast, 'now'), evaluate: (context) => run(program, context) } };
}

function run(program: ParseResult, context: ConditionContext): boolean | null {
  running = context;
  try {
    const answer: unknown = program({ ...context.variables });
    return typeof answer === 'boolean' ? answer : null;
  } catch {
    return null;
  } finally {
    running = null;
  }
}

function problemOf(error: unknown): ConditionProblem {
  if (!(error instanceof Error)) return { index: 0, message: 'the condition cannot be compiled' };
  const summary = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  const range = 'range' in error ? error.range : undefined;
  const start = typeof range === 'object' && range !== null && 'start' in range ? range.start : 0;
  return { index: typeof start === 'number' ? start : 0, message: `in CEL: ${summary}` };
}

/** Names that the type checker cannot judge: fields of nullable variables, and classes given to `does`. */
function nameProblems(root: ASTNode): readonly ConditionProblem[] {
  const problems: ConditionProblem[] = [];
  const bound = boundNames(root);
  const unknown = (kind: string, name: string, known: readonly string[], index: number) => {
    const guess = nearestName(name, known);
    problems.push({
      index,
      message: `in CEL: unknown ${kind} "${name}"${guess === null ? '' : `; did you mean ${guess}?`}`,
    });
  };
  for (const node of nodesOf(root)) {
    if (node.op === 'id' && !VARIABLES.includes(node.args) && !bound.has(node.args)) {
      unknown('variable', node.args, VARIABLES, node.start);
    }
    if (node.op === '.' && node.args[0].op === 'id') {
      const fields = FIELDS.get(node.args[0].args);
      const field = node.args[1];
      const shadowed = bound.has(node.args[0].args);
      if (fields && !shadowed && !fields.includes(field)) {
        unknown(
          'field',
          `${node.args[0].args}.${field}`,
          fields.map((name) => `${node.args[0].args}.${name}`),
          node.start,
        );
      }
    }
    if (node.op === 'call' && node.args[0] === 'does') {
      const [name] = node.args[1];
      const literal = name?.op === 'value' && typeof name.args === 'string' ? name.args : null;
      const index = name?.start ?? node.start;
      if (literal === null) problems.push({ index, message: 'in CEL: does() takes the name of a class in quotes' });
      else if (!STATEMENT_CLASSES.some((known) => known === literal))
        unknown('class', literal, STATEMENT_CLASSES, index);
    }
  }
  return problems;
}

/** Names that macros such as `exists(x, …)` bind. */
function boundNames(root: ASTNode): ReadonlySet<string> {
  const bound = new Set<string>();
  for (const node of nodesOf(root)) {
    if (node.op !== 'rcall') continue;
    const [first, ...rest] = node.args[2];
    if (first?.op === 'id' && rest.length > 0) bound.add(first.args);
  }
  return bound;
}

function reads(root: ASTNode, variable: string): boolean {
  for (const node of nodesOf(root)) if (node.op === 'id' && node.args === variable) return true;
  return false;
}

function* nodesOf(node: ASTNode): Generator<ASTNode> {
  yield node;
  yield* nodesIn(node.args);
}

function* nodesIn(value: unknown): Generator<ASTNode> {
  if (Array.isArray(value)) for (const item of value) yield* nodesIn(item);
  else if (isNode(value)) yield* nodesOf(value);
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
