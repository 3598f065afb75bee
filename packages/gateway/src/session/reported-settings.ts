import { GatewayError } from '@bailiwick/domain';

/** Values under which text is read as it was understood. Whatever else the server reports ends the session. */
const REQUIRED: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['standard_conforming_strings', new Set(['on'])],
  // SQL_ASCII passes bytes through; what is understood is checked to be UTF-8.
  ['client_encoding', new Set(['UTF8', 'SQL_ASCII'])],
  ['integer_datetimes', new Set(['on'])],
  ['IntervalStyle', new Set(['postgres'])],
]);

/** Throws `GatewayError` where a reported setting would make SQL or cells mean something else than was understood. */
export function checkReportedSetting(name: string, value: string): void {
  const allowed = REQUIRED.get(name);
  const dateStyle = name === 'DateStyle' && !value.startsWith('ISO');
  if (dateStyle || (allowed !== undefined && !allowed.has(value)))
    throw new GatewayError('upstream-violation', `the database reports a value of ${name} that is not supported here`);
}
