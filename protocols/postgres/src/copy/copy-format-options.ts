/**
 * How the rows of a COPY TO STDOUT are written (reference page of COPY). Characters are single bytes of ASCII, neither
 * line feed nor carriage return, and differ where the server asks for it: whoever reads the statement sees to that.
 */
export type CopyFormatOptions =
  | {
      readonly format: 'text';
      readonly delimiter: number;
      readonly nullText: Buffer;
      /** The first line has the names of the columns. */
      readonly header: boolean;
    }
  | {
      readonly format: 'csv';
      readonly delimiter: number;
      readonly nullText: Buffer;
      readonly header: boolean;
      readonly quote: number;
      readonly escaper: number;
      /** By column: FORCE_QUOTE names it. */
      readonly forcesQuote: readonly boolean[];
    }
  | { readonly format: 'binary' };
