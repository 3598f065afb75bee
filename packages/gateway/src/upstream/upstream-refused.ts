import { GatewayError } from '@bailiwick/domain';
import { decodeErrorResponse } from '@bailiwick/postgres';

/** The database's own refusal, without its free text: that may name users, addresses and files. */
export function upstreamRefused(body: Buffer): GatewayError {
  const sqlState = decodeErrorResponse(body).fields.get('C') ?? 'no SQLSTATE';
  return new GatewayError(
    'upstream-unavailable',
    `the database did not accept the gateway (${sqlState})`,
    'an operator has to look at the datasource',
  );
}
