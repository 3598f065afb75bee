import { type CellValue, givesMasked, givesPseudonyms, type MaskedWrite } from '@bailiwick/domain';
import { refuseMaskedWrite } from '@bailiwick/policy';
import { type Bind, formatOf, valueFormat } from '@bailiwick/postgres';
import { typesOf } from './column-types.ts';
import type { Judgement } from './judgement.ts';
import { errorOf } from './refusal-frames.ts';
import { refusedJudgement } from './refused-judgement.ts';
import type { SessionCore } from './session-core.ts';

/** pg_type.dat: what unnest is given, whose rows go into columns of text. */
const TEXT_ARRAY_OID = 1009;

/** The values that a statement is bound with. */
export interface BoundValues extends Pick<Bind, 'parameters' | 'parameterFormats'> {
  /** As declared in Parse; 0 or absent: not. */
  readonly parameterTypeOids: readonly number[];
}

/** No values are bound. */
export const NO_VALUES: BoundValues = { parameters: [], parameterFormats: [], parameterTypeOids: [] };

/** Refuses values that are a mask's output, given to columns that the identity sees under that mask. */
export function refuseMaskedValues(core: SessionCore, judgement: Judgement, values: BoundValues): Judgement {
  const { maskedWrites } = judgement.decision;
  if (maskedWrites.length === 0 || judgement.error !== null) return judgement;
  if (core.datasource.options.mode === 'observe') return judgement;
  const written = maskedWrites.find((write) => writesMasked(core, write, values));
  if (written === undefined) return judgement;
  const command = judgement.facts.find(({ given }) => given.length > 0)?.command ?? 'the statement';
  return refusedJudgement(judgement, errorOf(refuseMaskedWrite(written, command)));
}

function writesMasked(core: SessionCore, write: MaskedWrite, values: BoundValues): boolean {
  const pseudonyms = givesPseudonyms(write.mask);
  if (pseudonyms && write.literals.some((text) => core.shown.has(text))) return true;
  return write.parameters.some((number) => {
    const value = values.parameters[number - 1] ?? null;
    if (value === null) return false;
    const bytes = Buffer.from(value);
    const texts = [bytes.toString('utf8')];
    if (formatOf(values.parameterFormats, number - 1) === 1) {
      const typeOid = values.parameterTypeOids[number - 1] || columnType(core, write);
      texts.push(...binaryTexts(core, bytes, typeOid), ...binaryTexts(core, bytes, TEXT_ARRAY_OID));
    }
    return texts.some((text) => givesMasked(write.mask, text) || (pseudonyms && core.shown.has(text)));
  });
}

/** A parameter without a declared type has that of the column it is assigned to. */
function columnType(core: SessionCore, { tableOid, attnum }: MaskedWrite): number {
  const columns = core.datasource.catalog?.relationByOid(tableOid)?.columns;
  return columns?.find((column) => column.attnum === attnum)?.typeOid ?? 0;
}

/** What the server makes of a binary value, where the type tells; what is malformed the server refuses. */
function binaryTexts(core: SessionCore, bytes: Buffer, typeOid: number): readonly string[] {
  const format = valueFormat(typeOid, 1, { types: typesOf(core.datasource.catalog) });
  if (format === undefined) return [];
  try {
    return textsOf(format.decode(bytes));
  } catch {
    return [];
  }
}

function textsOf(value: CellValue): readonly string[] {
  switch (value.kind) {
    case 'text':
      return [value.text];
    case 'integer':
      return [value.integer.toString()];
    case 'decimal':
      return [value.decimal];
    case 'float':
      return [String(value.float)];
    case 'json':
      return [value.json];
    case 'array':
      return value.elements.flatMap((element) => (element === null ? [] : textsOf(element)));
    default:
      return [];
  }
}
