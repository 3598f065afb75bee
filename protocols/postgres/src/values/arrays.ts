import type { ArrayDimension, CellValue } from '@bailiwick/domain';
import { type ArrayText, DIMENSIONS_MAX, formatArrayText, parseArrayText } from './array-text.ts';
import { type Codec, type FormatPair, utf8Text, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

type ArrayValue = Extract<CellValue, { kind: 'array' }>;

const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
const NULL_LENGTH = -1;

/** The only built-in type whose arrays are not delimited by a comma (pg_type.typdelim). */
const BOX_OID = 603;

const arrayOf = (typeName: string, value: CellValue): ArrayValue => {
  if (value.kind !== 'array') throw wrongKind(typeName, value);
  const count = value.dimensions.reduce((product, { length }) => product * length, 1);
  if (value.elements.length !== (value.dimensions.length === 0 ? 0 : count)) {
    throw new ValueError(typeName, 'dimensions disagree with elements');
  }
  return value;
};

/** array_out, its elements in their own text format. */
function textCodec(typeName: string, element: FormatPair, delimiter: string): Codec {
  return {
    decode(cell) {
      utf8Text(typeName, cell);
      // Latin-1 keeps bytes apart: what delimits is ASCII, and an element is decoded by its own type.
      const { dimensions, elements } = parseArrayText(typeName, cell.toString('latin1'), delimiter);
      const values = elements.map((text) => (text === null ? null : element.text.decode(Buffer.from(text, 'latin1'))));
      return { kind: 'array', dimensions, elements: values };
    },
    encode(value) {
      const { dimensions, elements } = arrayOf(typeName, value);
      const text: ArrayText = {
        dimensions,
        elements: elements.map((one) => (one === null ? null : element.text.encode(one).toString('latin1'))),
      };
      return Buffer.from(formatArrayText(text, delimiter), 'latin1');
    },
  };
}

/** array_send: dimensions, whether there are NULLs, the elements' type, length and lower bound of each, the elements. */
function binaryCodec(typeName: string, element: FormatPair, elementOid: number): Codec {
  const fault = (what: string): ValueError => new ValueError(typeName, what);
  return {
    decode(cell) {
      if (cell.length < HEADER_BYTES) throw fault('shorter than its header');
      const depth = cell.readInt32BE(0);
      if (depth < 0 || depth > DIMENSIONS_MAX || cell.readUInt32BE(4) > 1) throw fault('not an array');
      if (cell.readUInt32BE(8) !== elementOid) throw fault('elements of another type');
      const { dimensions, count, at } = readDimensions(cell, depth, fault);
      const elements = readElements(cell, at, count, element, fault);
      return { kind: 'array', dimensions: count === 0 ? [] : dimensions, elements };
    },
    encode(value) {
      const { dimensions, elements } = arrayOf(typeName, value);
      const header = Buffer.alloc(HEADER_BYTES + DIMENSION_BYTES * dimensions.length);
      header.writeInt32BE(dimensions.length, 0);
      header.writeInt32BE(elements.includes(null) ? 1 : 0, 4);
      header.writeUInt32BE(elementOid, 8);
      for (const [index, { length, lowerBound }] of dimensions.entries()) {
        header.writeInt32BE(length, HEADER_BYTES + DIMENSION_BYTES * index);
        header.writeInt32BE(lowerBound, HEADER_BYTES + DIMENSION_BYTES * index + 4);
      }
      return Buffer.concat([header, ...elements.flatMap((one) => lengthPrefixed(one && element.binary.encode(one)))]);
    },
  };
}

function readDimensions(
  cell: Buffer,
  depth: number,
  fault: (what: string) => ValueError,
): { readonly dimensions: readonly ArrayDimension[]; readonly count: number; readonly at: number } {
  const at = HEADER_BYTES + DIMENSION_BYTES * depth;
  if (at > cell.length) throw fault('shorter than its header');
  const dimensions: ArrayDimension[] = [];
  let count = depth === 0 ? 0 : 1;
  for (let offset = HEADER_BYTES; offset < at; offset += DIMENSION_BYTES) {
    const length = cell.readInt32BE(offset);
    count *= length;
    // Every element has a length field: more of them than fit is a lie, and is found before anything is made of it.
    if (length < 0 || count > cell.length / 4) throw fault('more elements than bytes');
    dimensions.push({ length, lowerBound: cell.readInt32BE(offset + 4) });
  }
  return { dimensions, count, at };
}

function readElements(
  cell: Buffer,
  from: number,
  count: number,
  element: FormatPair,
  fault: (what: string) => ValueError,
): readonly (CellValue | null)[] {
  const elements: (CellValue | null)[] = [];
  let at = from;
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > cell.length) throw fault('length disagrees with elements');
    const length = cell.readInt32BE(at);
    at += 4;
    if (length === NULL_LENGTH) elements.push(null);
    else {
      if (length < 0 || at + length > cell.length) throw fault('length disagrees with elements');
      elements.push(element.binary.decode(cell.subarray(at, at + length)));
      at += length;
    }
  }
  if (at !== cell.length) throw fault('length disagrees with elements');
  return elements;
}

/** A length field, and the bytes that it counts; null is SQL NULL. */
export function lengthPrefixed(bytes: Buffer | null): readonly Buffer[] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes?.length ?? NULL_LENGTH);
  return bytes === null ? [length] : [length, bytes];
}

/** Arrays of any number of dimensions of `element`, whose type has `elementOid`. */
export function arrayFormats(element: FormatPair, elementOid: number): FormatPair {
  const typeName = `${element.text.typeName}[]`;
  const traits = { typeName, kind: 'array', lengthMax: null, width: null, standIn: null } as const;
  const delimiter = elementOid === BOX_OID ? ';' : ',';
  return {
    text: { ...traits, element: element.text, ...textCodec(typeName, element, delimiter) },
    binary: { ...traits, element: element.binary, ...binaryCodec(typeName, element, elementOid) },
  };
}
