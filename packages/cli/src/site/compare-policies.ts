import { isDeepStrictEqual } from 'node:util';
import { EFFECTS, type Effect, MASK_NAMES, type MaskName } from '@bailiwick/domain';
import type { PolicyText, RuleText } from './policy-text.ts';

/** What a new policy changes, in sentences that name the rule. `weaker` holds what is weaker or cannot be told not to be. */
export interface PolicyChanges {
  readonly changed: readonly string[];
  readonly weaker: readonly string[];
}

/** Stricter first, per key of `defaults`. */
const DEFAULT_ORDER = ['block', 'deny', 'hold', 'equality', 'mask', 'redact', 'allow'];
const INFERENCE_ORDER = ['deny', 'equality', 'allow'];

/** Compares rule by rule, by id. What is not proven stricter or equal is called weaker: a wrong alarm costs a look. */
export function comparePolicies(before: PolicyText, after: PolicyText): PolicyChanges {
  const changed: string[] = [];
  const weaker: string[] = [];
  const note = (sentence: string, isWeaker: boolean): void => {
    changed.push(sentence);
    if (isWeaker) weaker.push(sentence);
  };
  const old = new Map(before.rules.map((rule) => [rule.id, rule]));
  const now = new Map(after.rules.map((rule) => [rule.id, rule]));
  for (const [id, rule] of old) if (!now.has(id)) note(`rule ${id} (${rule.effect}) is gone`, rule.effect !== 'allow');
  for (const [id, rule] of now) {
    const earlier = old.get(id);
    if (earlier === undefined) note(...added(rule));
    else for (const [sentence, isWeaker] of ruleChanges(earlier, rule)) note(`rule ${id}: ${sentence}`, isWeaker);
  }
  compareDefaults(before, after, note);
  compareData(before, after, note);
  for (const name of new Set([...Object.keys(before.jurisdictions), ...Object.keys(after.jurisdictions)])) {
    const same = isDeepStrictEqual(before.jurisdictions[name], after.jurisdictions[name]);
    if (!same) note(`jurisdiction ${name} has other members`, true);
  }
  return { changed, weaker };
}

type Note = (sentence: string, isWeaker: boolean) => void;

/** A new rule can only tighten where another speaks already; where none did it takes the place of the defaults. */
function added(rule: RuleText): [string, boolean] {
  const speaksForDefaults = !['block', 'hold'].includes(rule.effect);
  const sentence = `rule ${rule.id} (${rule.effect}) is new`;
  return speaksForDefaults ? [`${sentence}, and speaks where only the defaults did`, true] : [sentence, false];
}

function ruleChanges(before: RuleText, after: RuleText): readonly (readonly [string, boolean])[] {
  const changes: (readonly [string, boolean])[] = [];
  if (before.effect !== after.effect) {
    const isWeaker = rank(EFFECTS, after.effect as Effect) > rank(EFFECTS, before.effect as Effect);
    changes.push([`${before.effect} became ${after.effect}`, isWeaker]);
  } else if (!isDeepStrictEqual(before.says.do, after.says.do)) changes.push(...actionChange(before, after));
  for (const key of new Set([...Object.keys(before.says), ...Object.keys(after.says)])) {
    if (key === 'id' || key === 'do') continue;
    const [was, is] = [before.says[key], after.says[key]];
    if (isDeepStrictEqual(was, is)) continue;
    changes.push(keyChange(key, was, is, !['block', 'hold'].includes(after.effect)));
  }
  return changes;
}

/** @param mayLoosen whether the rule, where it speaks, may allow more than the defaults would: then more matches are weaker. */
function keyChange(key: string, was: unknown, is: unknown, mayLoosen: boolean): readonly [string, boolean] {
  const what = was === undefined ? `${key} is new` : is === undefined ? `${key} is gone` : `${key} changed`;
  switch (key) {
    case 'except':
      return [what, is !== undefined];
    case 'on':
    case 'when':
    case 'reader':
      return [what, is !== undefined || mayLoosen];
    case 'dry_run':
      return [what, is === true];
    case 'inference':
      return [what, rank(INFERENCE_ORDER, String(is)) > rank(INFERENCE_ORDER, String(was))];
    default:
      return [what, true];
  }
}

function actionChange(before: RuleText, after: RuleText): readonly (readonly [string, boolean])[] {
  if (after.effect !== 'mask') return [[`${after.effect} has other terms`, true]];
  const [was, is] = [maskName(before.says.do), maskName(after.says.do)];
  if (was === is) return [[`mask ${is} has other options`, true]];
  return [[`mask ${was} became ${is}`, rank(MASK_NAMES, is as MaskName) > rank(MASK_NAMES, was as MaskName)]];
}

function maskName(action: unknown): string {
  const mask = typeof action === 'object' && action !== null && 'mask' in action ? action.mask : null;
  return typeof mask === 'string' ? mask : (Object.keys(mask ?? {})[0] ?? '');
}

function compareDefaults(before: PolicyText, after: PolicyText, note: Note): void {
  for (const key of new Set([...Object.keys(before.defaults), ...Object.keys(after.defaults)])) {
    const [was, is] = [before.defaults[key], after.defaults[key]];
    if (isDeepStrictEqual(was, is)) continue;
    const [old, now] = [rank(DEFAULT_ORDER, String(was)), rank(DEFAULT_ORDER, String(is))];
    note(`defaults.${key}: ${String(was ?? 'as built in')} became ${String(is ?? 'as built in')}`, !(now < old));
  }
}

function compareData(before: PolicyText, after: PolicyText, note: Note): void {
  for (const name of new Set([...before.tags.keys(), ...after.tags.keys()])) {
    const was = before.tags.get(name) ?? [];
    const is = after.tags.get(name) ?? [];
    const lost = was.filter((tag) => !is.includes(tag));
    const won = is.filter((tag) => !was.includes(tag));
    const column = name.replaceAll(' ', '.');
    if (lost.length > 0) note(`${column} is no longer tagged ${lost.join(', ')}`, true);
    if (won.length > 0) note(`${column} is now tagged ${won.join(', ')}`, false);
  }
  for (const name of new Set([...before.regions.keys(), ...after.regions.keys()])) {
    const [was, is] = [before.regions.get(name), after.regions.get(name)];
    if (was === is) continue;
    const table = name.replaceAll(' ', '.');
    note(
      `${table} belongs to ${is ?? "its datasource's region"}, no longer to ${was ?? "its datasource's region"}`,
      true,
    );
  }
}

/** Position in an order, strictest first; what is not in it counts as the loosest. */
function rank<Word extends string>(order: readonly Word[], word: Word): number {
  const index = order.indexOf(word);
  return index < 0 ? order.length : index;
}
