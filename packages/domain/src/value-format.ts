/**
 * A cell's value in a form that masks understand, whatever the protocol. Dates and times are UTC based:
 * `date` counts days and `timestamp` counts microseconds since 1970-01-01; infinities are not finite values
 * and are represented by `special`.
 */
export type CellValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'integer'; readonly integer: bigint }
  /** Exact decimal text, as in `-12.50`; may be `NaN`, `Infinity`, `-Infinity`. */
  | { readonly kind: 'decimal'; readonly decimal: string }
  | { readonly kind: 'float'; readonly float: number }
  | { readonly kind: 'boolean'; readonly boolean: boolean }
  | { readonly kind: 'date'; readonly days: number }
  | { readonly kind: 'timestamp'; readonly micros: bigint }
  | { readonly kind: 'special'; readonly special: 'infinity' | '-infinity' }
  /** 32 lower-case hexadecimal digits. */
  | { readonly kind: 'uuid'; readonly hex: string }
  | { readonly kind: 'json'; readonly json: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** Elements in storage order; the product of the lengths is their number, and no dimensions is no elements. */
  | {
      readonly kind: 'array';
      readonly dimensions: readonly ArrayDimension[];
      readonly elements: readonly (CellValue | null)[];
    }
  /** Of a type that masks cannot work in: it was well formed, and nothing else is known. Written, it is the stand-in. */
  | { readonly kind: 'opaque' };

export interface ArrayDimension {
  readonly length: number;
  readonly lowerBound: number;
}

export type CellKind = CellValue['kind'];

/** How one type is written in one wire format. `decode` throws on bytes that are not of the type. */
export interface ValueFormat {
  /** The type's name in messages: `int4`, `timestamptz`. */
  readonly typeName: string;
  /** What `decode` gives (or `special`) and `encode` takes. */
  readonly kind: Exclude<CellKind, 'special'>;
  /** Longest text in characters that the type can hold; null: unbounded or not text. */
  readonly lengthMax: number | null;
  /** What every cell's length in bytes is; null: it varies. */
  readonly width: number | null;
  /** Text types that are not free text: the one text that masks may put in place of any other. Null: free text. */
  readonly standIn: string | null;
  /** What the elements of an array are; null: no array. */
  readonly element: ValueFormat | null;
  decode(cell: Buffer): CellValue;
  encode(value: CellValue): Buffer;
}

/** Turns one non-null cell into what the reader may see; null is SQL NULL. Never returns (part of) its input buffer. */
export type CellMask = (cell: Buffer) => Buffer | null;
