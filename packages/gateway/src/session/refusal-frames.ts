import { GatewayError, type Refusal } from '@bailiwick/domain';
import {
  encodeErrorResponse,
  encodeExecute,
  encodeNoticeResponse,
  encodeParse,
  encodeQuery,
} from '@bailiwick/postgres';

/** The error as a PostgreSQL client sees it (CONTRACT section 6). */
export function encodeGatewayError(error: GatewayError): Buffer {
  return encodeErrorResponse({ fields: fieldsOf(error, error.form.severity) });
}

/** The same words as a notice: while a statement waits. */
export function encodeGatewayNotice(error: GatewayError): Buffer {
  return encodeNoticeResponse({ fields: fieldsOf(error, 'NOTICE') });
}

function fieldsOf(error: GatewayError, severity: string): ReadonlyMap<string, string> {
  const fields = new Map([
    ['S', severity],
    ['V', severity],
    ['C', severity === 'NOTICE' ? '00000' : error.form.sqlState],
    ['M', error.clientMessage],
    ['D', error.detailJson],
  ]);
  if (error.hint !== '') fields.set('H', error.hint);
  return fields;
}

/** A decision's refusal as an error. */
export function errorOf(refusal: Refusal): GatewayError {
  const columns = refusal.columns.length === 0 ? {} : { columns: refusal.columns };
  return new GatewayError(refusal.code, refusal.message, refusal.hint, { rule: refusal.rule, ...columns });
}

/**
 * Sent upstream in place of a refused message, so that the refusal has exactly the effect of the server's own error
 * (SEMANTICS 1): a text that is no SQL, which fails in every transaction state and does nothing else.
 */
export const FAILING_QUERY: Buffer = encodeQuery({ sql: 'refused by bailiwick' });
export const FAILING_PARSE: Buffer = encodeParse({
  statement: '',
  sql: 'refused by bailiwick',
  parameterTypeOids: [],
});

/** Names that the gateway uses itself in the space that clients name statements and portals in. */
export const OWN_NAMES = 'bailiwick: ';

/** As above for the extended protocol: no portal can have this name, because clients may not use such names. */
export const IMPOSSIBLE_PORTAL: string = `${OWN_NAMES}refused`;
export const FAILING_EXECUTE: Buffer = encodeExecute({ portal: IMPOSSIBLE_PORTAL, rowsMax: 0 });

/** Refuses a client's name for a statement or portal that is kept for the gateway's own. Null: it may have it. */
export function reservedName(name: string | undefined): GatewayError | null {
  if (name === undefined || !name.startsWith(OWN_NAMES)) return null;
  return new GatewayError(
    'not-supported',
    `names that begin with "${OWN_NAMES}" are kept for the gateway`,
    'use another name',
  );
}
