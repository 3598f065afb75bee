import { type DetectorName, detectorsOf, type MaskSpec, type ValueFormat } from '@bailiwick/domain';
import { isFreeText, type Transform, textTransform } from './cell-transform.ts';
import { findAll } from './detect/find-all.ts';

/**
 * `detect`: what is found in a text is replaced by its name, as in `[redacted:email]`, and the rest of it is shown. JSON,
 * XML and numbers in which something is found become their type's constant. Undefined for other types, which cannot be
 * searched.
 */
export function detect(spec: MaskSpec, format: ValueFormat): Transform | undefined {
  const wanted = new Set(detectorsOf(spec));
  if (isFreeText(format)) return textTransform(format, (text) => replaceFound(text, wanted));
  switch (format.kind) {
    case 'json':
      return (value) => (value.kind === 'json' && isCleanJson(value.json, wanted) ? value : undefined);
    case 'integer':
      return (value) => (value.kind === 'integer' && isClean(value.integer.toString(), wanted) ? value : undefined);
    case 'decimal':
      return (value) => (value.kind === 'decimal' && isClean(value.decimal, wanted) ? value : undefined);
    case 'text':
      if (format.typeName !== 'xml') return undefined;
      return (value) => (value.kind === 'text' && isClean(value.text, wanted) ? value : undefined);
    default:
      return undefined;
  }
}

function replaceFound(text: string, wanted: ReadonlySet<DetectorName>): string {
  const { findings } = findAll(text, wanted);
  if (findings.length === 0) return text;
  let shown = '';
  let from = 0;
  for (const { detector, start, end } of findings) {
    shown += `${text.slice(from, start)}[redacted:${detector}]`;
    from = end;
  }
  return shown + text.slice(from);
}

const isClean = (text: string, wanted: ReadonlySet<DetectorName>): boolean =>
  findAll(text, wanted).findings.length === 0;

/** Looks at the document as it is written, and at its strings as they are meant: an escape may hide either. */
function isCleanJson(json: string, wanted: ReadonlySet<DetectorName>): boolean {
  if (!isClean(json, wanted)) return false;
  if (!json.includes('\\')) return true;
  const strings: string[] = [];
  JSON.parse(json, (key, value: unknown) => {
    strings.push(key);
    if (typeof value === 'string') strings.push(value);
    return null;
  });
  return strings.every((text) => isClean(text, wanted));
}
