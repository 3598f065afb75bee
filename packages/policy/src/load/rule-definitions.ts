import { detectSpec } from '@bailiwick/domain';
import { type Condition, compileCondition } from '../conditions/condition.ts';
import type { Jurisdictions, RegionSet } from '../regions/jurisdictions.ts';
import { compilePattern } from '../rules/pattern.ts';
import { hides, type Rule, type RuleAction, selectsData } from '../rules/rule.ts';
import { checkDatasource } from './data-map.ts';
import type { FaultList } from './fault.ts';
import { readMask } from './mask-spec.ts';
import type { RuleDocument } from './policy-document.ts';
import { isMapping, isRule } from './shape.ts';
import { type SourceFile, step } from './source-file.ts';

interface RuleReader {
  readonly source: SourceFile;
  readonly pointer: string;
  readonly regions: Jurisdictions;
  readonly datasources: readonly string[] | null;
  readonly faults: FaultList;
}

/** Compiles the rules of all files, in order. Rules with faults are left out, once the faults are reported. */
export function readRules(
  sources: readonly SourceFile[],
  regions: Jurisdictions,
  datasources: readonly string[] | null,
  faults: FaultList,
): readonly Rule[] {
  const rules: Rule[] = [];
  const seen = new Map<string, string>();
  for (const source of sources) {
    const section = isMapping(source.value) ? source.value.rules : undefined;
    for (const [index, document] of (Array.isArray(section) ? section : []).entries()) {
      if (!isRule(document)) continue;
      const pointer = step('/rules', index);
      const at = source.valueAt(step(pointer, 'id'));
      const first = seen.get(document.id);
      if (first !== undefined) faults.add(at, `rule "${document.id}" is already defined at ${first}`);
      else seen.set(document.id, `${at.file}:${at.line}:${at.column}`);
      rules.push(readRule(document, { source, pointer, regions, datasources, faults }));
    }
  }
  return rules;
}

/** Where each rule's id is first given, as `file:line:column`. */
export function rulePlaces(sources: readonly SourceFile[]): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const source of sources) {
    const section = isMapping(source.value) ? source.value.rules : undefined;
    for (const [index, document] of (Array.isArray(section) ? section : []).entries()) {
      const { file, line, column } = source.valueAt(step(step('/rules', index), 'id'));
      if (isRule(document) && !places.has(document.id)) places.set(document.id, `${file}:${line}:${column}`);
    }
  }
  return places;
}

function readRule(document: RuleDocument, reader: RuleReader): Rule {
  const { on = {}, reader: places } = document;
  const rule: Rule = {
    id: document.id,
    tags: on.tags?.map(compilePattern) ?? null,
    data: readPlaces(on.data, '/on/data', reader),
    does: on.does ? new Set(on.does) : null,
    tables: on.tables?.map(compilePattern) ?? null,
    datasources: on.datasources ? new Set(on.datasources) : null,
    reader: places
      ? {
          outside: readPlaces(places.outside, '/reader/outside', reader),
          inside: readPlaces(places.inside, '/reader/inside', reader),
        }
      : null,
    when: readCondition(document.when, '/when', reader),
    except: readCondition(document.except, '/except', reader),
    action: readAction(document, reader),
    inference: document.inference ?? null,
    dryRun: document.dry_run ?? false,
  };
  for (const [index, name] of (on.datasources ?? []).entries()) {
    checkDatasource(name, reader.datasources, (message) => fault(reader, `/on/datasources/${index}`, message));
  }
  checkTables(on.tables ?? [], reader);
  checkSense(rule, document, reader);
  return rule;
}

function fault(reader: RuleReader, below: string, message: string): void {
  reader.faults.add(reader.source.valueAt(reader.pointer + below), message);
}

function readPlaces(names: readonly string[] | undefined, below: string, reader: RuleReader): RegionSet | null {
  if (names === undefined) return null;
  for (const [index, name] of names.entries()) {
    const problem = reader.regions.problem(name);
    if (problem !== null) fault(reader, `${below}/${index}`, problem);
  }
  return reader.regions.set(names);
}

function readCondition(text: string | undefined, below: string, reader: RuleReader): Condition | null {
  if (text === undefined) return null;
  const compiled = compileCondition(text);
  if ('condition' in compiled) return compiled.condition;
  for (const { index, message } of compiled.problems) {
    reader.faults.add(reader.source.insideText(reader.pointer + below, text, index), message);
  }
  return null;
}

function readAction(document: RuleDocument, reader: RuleReader): RuleAction {
  const action = document.do;
  const mode = document.mode ?? 'hold_then_ticket';
  if (action === 'block' || action === 'allow') return { effect: action };
  if (action === 'hold') return { effect: 'hold', by: [], min: 1, mode };
  if ('hold' in action) return { effect: 'hold', by: action.hold.by ?? [], min: action.hold.min ?? 1, mode };
  if ('detect' in action) return { effect: 'detect', mask: detectSpec(action.detect) };
  const mask = readMask(action.mask);
  if (typeof mask !== 'string') return { effect: 'mask', mask };
  fault(reader, '/do/mask', mask);
  return { effect: 'mask', mask: { name: 'null', options: {} } };
}

function checkTables(tables: readonly string[], reader: RuleReader): void {
  for (const [index, table] of tables.entries()) {
    if (!/^[^.]+\.[^.]+$/.test(table))
      fault(reader, `/on/tables/${index}`, `"${table}" is not of the form schema.table`);
  }
}

/** Combinations that could never mean anything, or not what their author thinks. */
function checkSense(rule: Rule, document: RuleDocument, reader: RuleReader): void {
  if (hides(rule.action) && !selectsData(rule)) {
    fault(reader, '/do', `a ${rule.action.effect} needs tags, tables or data in \`on\`: it masks columns`);
  }
  if (document.mode !== undefined && rule.action.effect !== 'hold') {
    fault(reader, '/mode', '`mode` belongs to rules that hold');
  }
  if (rule.inference !== null && (rule.action.effect === 'hold' || !selectsData(rule))) {
    fault(reader, '/inference', '`inference` belongs to rules that mask, allow or block tags, tables or data');
  }
}
