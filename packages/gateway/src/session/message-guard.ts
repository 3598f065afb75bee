import { decodeErrorResponse, encodeErrorResponse, encodeNoticeResponse } from '@bailiwick/postgres';

/** Fields that name objects, places in the server's source and codes: never a value of a row. */
const KEPT_FIELDS = new Set(['S', 'V', 'C', 's', 't', 'c', 'd', 'n', 'F', 'L', 'R']);

/**
 * Conditions that the parser finds in the client's own text, where the server says at which position. Their words come
 * from that text and from the catalog; a value can only get into the same conditions at run time, through a cast to
 * regclass and its like, and then there is no position.
 */
const ABOUT_THE_TEXT = new Set([
  '42601', // syntax_error
  '42P01', // undefined_table
  '42703', // undefined_column
  '42883', // undefined_function
  '42702', // ambiguous_column
  '42712', // duplicate_alias
  '42803', // grouping_error
  '42804', // datatype_mismatch
  '42P02', // undefined_parameter
  '42P10', // invalid_column_reference
  '42P18', // indeterminate_datatype
]);

/**
 * An ErrorResponse or NoticeResponse without the text that could quote a value (SEMANTICS 17). SQLSTATE, constraint,
 * table, column and type stay, so that drivers and agents can still act on it.
 */
export function sanitiseMessage(type: 'error' | 'notice', body: Buffer): Buffer {
  const { fields } = decodeErrorResponse(body);
  if (isAboutTheText(fields)) return (type === 'error' ? encodeErrorResponse : encodeNoticeResponse)({ fields });
  const kept = new Map([...fields].filter(([letter]) => KEPT_FIELDS.has(letter)));
  const named = [
    ['table', 't'],
    ['column', 'c'],
    ['constraint', 'n'],
  ].flatMap(([what, letter]) => {
    const name = fields.get(letter ?? '');
    return name === undefined ? [] : [`${what} ${name}`];
  });
  const where = named.length === 0 ? '' : ` on ${named.join(', ')}`;
  kept.set('M', `the database reported condition ${fields.get('C') ?? 'unknown'}${where}`);
  kept.set('H', 'The text of the message is withheld because it could quote regulated values.');
  return (type === 'error' ? encodeErrorResponse : encodeNoticeResponse)({ fields: kept });
}

function isAboutTheText(fields: ReadonlyMap<string, string>): boolean {
  return ABOUT_THE_TEXT.has(fields.get('C') ?? '') && fields.has('P') && !fields.has('q') && !fields.has('W');
}
