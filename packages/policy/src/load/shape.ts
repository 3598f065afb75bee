import { MASK_NAMES } from '@bailiwick/domain';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FaultList } from './fault.ts';
import { nearestName } from './nearest-name.ts';
import { partAt, unbuiltKey, unbuiltValue } from './not-in-this-version.ts';
import type {
  BudgetDocument,
  DefaultsDocument,
  PolicyDocument,
  RuleDocument,
  TableDocument,
} from './policy-document.ts';
import { POLICY_SCHEMA } from './policy-schema.generated.ts';
import { type SourceFile, step } from './source-file.ts';

const ajv = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false, strictRequired: false });
ajv.addSchema(POLICY_SCHEMA, 'policy');

function validator<T>(reference: string): ValidateFunction<T> {
  const validate = ajv.getSchema<T>(reference);
  if (validate === undefined) throw new Error(`the policy schema has no ${reference}`);
  return validate;
}

const file = validator<PolicyDocument>('policy');
const rule = validator<RuleDocument>('policy#/$defs/rule');
const budget = validator<BudgetDocument>('policy#/$defs/budget');
const table = validator<TableDocument>('policy#/$defs/table');
const defaults = validator<DefaultsDocument>('policy#/$defs/defaults');
const places = validator<readonly string[]>('policy#/$defs/places');

/** Whether one part is sound by itself: meaning is checked of sound parts, also where others are not. */
export const isRule = (value: unknown): value is RuleDocument => rule(value);
export const isBudget = (value: unknown): value is BudgetDocument => budget(value);
export const isTable = (value: unknown): value is TableDocument => table(value);
export const isDefaults = (value: unknown): value is DefaultsDocument => defaults(value);
export const isPlaces = (value: unknown): value is readonly string[] => places(value);

/** Whether a value is a mapping. */
export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks a whole file against the schema, every fault at its place. Null: there were faults. */
export function checkShape(source: SourceFile, faults: FaultList): PolicyDocument | null {
  const value = source.value;
  if (file(value)) return value;
  for (const error of file.errors ?? []) reportError(source, error, faults);
  return null;
}

/** Keywords that only say that a part of theirs failed, which has its own error. */
const WRAPPERS: ReadonlySet<string> = new Set(['if', 'anyOf', 'oneOf']);

function reportError(source: SourceFile, error: ErrorObject, faults: FaultList): void {
  const { instancePath: pointer, keyword, params } = error;
  // The error of a key's pattern or spelling comes twice: once as such, once as `propertyNames`.
  if (WRAPPERS.has(keyword) || error.propertyName !== undefined) return;
  if (keyword === 'propertyNames') reportName(source, pointer, String(params.propertyName), faults);
  else if (keyword === 'additionalProperties') {
    const key = String(params.additionalProperty);
    const known = isMapping(error.parentSchema?.properties) ? Object.keys(error.parentSchema.properties) : [];
    const message = unbuiltKey(pointer, key) ?? `unknown key "${key}"${suggestion(key, known)}`;
    faults.add(source.keyAt(step(pointer, key)), message);
  } else faults.add(source.valueAt(pointer), wordingOf(error));
}

function wordingOf({ instancePath: pointer, keyword, params, data, message }: ErrorObject): string {
  switch (keyword) {
    case 'enum': {
      const allowed = (Array.isArray(params.allowedValues) ? params.allowedValues : []).filter((item) => item !== null);
      const written = typeof data === 'string' ? `"${data}" is not one of` : 'must be one of';
      return unbuiltValue(pointer, data) ?? `${written} ${allowed.join(', ')}${suggestion(data, allowed)}`;
    }
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'type':
      return `must be ${typeNames(params.type)}`;
    case 'required':
      return `the key "${params.missingProperty}" is missing`;
    case 'pattern':
      if (pointer.endsWith('/window')) return 'must be a duration such as 90s, 5m, 1h or 7d';
      return `${JSON.stringify(data)} is not a name here`;
    case 'minItems':
      return 'must not be an empty list';
    case 'minLength':
      return 'must not be empty';
    case 'minProperties':
      return 'must say something';
    case 'maxProperties':
      return 'must hold one thing only';
    default:
      return message ?? 'is not as the schema asks';
  }
}

function reportName(source: SourceFile, pointer: string, name: string, faults: FaultList): void {
  const message =
    partAt(pointer) === 'mask'
      ? `there is no mask "${name}"${suggestion(name, MASK_NAMES)}; masks are ${MASK_NAMES.join(', ')}`
      : `"${name}" is not a name here`;
  faults.add(source.keyAt(step(pointer, name)), message);
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
};

function typeNames(types: unknown): string {
  const list = Array.isArray(types) ? types : [types];
  return list.map((name) => TYPE_NAMES[String(name)] ?? String(name)).join(' or ');
}

function suggestion(written: unknown, known: readonly string[]): string {
  const guess = typeof written === 'string' ? nearestName(written, known) : null;
  return guess === null ? '' : `; did you mean ${guess}?`;
}
