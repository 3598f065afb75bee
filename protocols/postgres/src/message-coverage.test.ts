import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withCoverageTable } from './coverage-table.ts';
import { MESSAGE_COVERAGE } from './message-coverage.ts';
import { BACKEND_MESSAGES, FRONTEND_MESSAGES } from './message-table.ts';

/** The entries of "Message Formats" in the manual of PostgreSQL 18 (chapter 54.7), in its order. */
const SPECIFIED = `AuthenticationOk(B) AuthenticationKerberosV5(B) AuthenticationCleartextPassword(B)
  AuthenticationMD5Password(B) AuthenticationGSS(B) AuthenticationGSSContinue(B) AuthenticationSSPI(B)
  AuthenticationSASL(B) AuthenticationSASLContinue(B) AuthenticationSASLFinal(B) BackendKeyData(B) Bind(F)
  BindComplete(B) CancelRequest(F) Close(F) CloseComplete(B) CommandComplete(B) CopyData(F) CopyData(B) CopyDone(F)
  CopyDone(B) CopyFail(F) CopyInResponse(B) CopyOutResponse(B) CopyBothResponse(B) DataRow(B) Describe(F)
  EmptyQueryResponse(B) ErrorResponse(B) Execute(F) Flush(F) FunctionCall(F) FunctionCallResponse(B) GSSENCRequest(F)
  GSSResponse(F) NegotiateProtocolVersion(B) NoData(B) NoticeResponse(B) NotificationResponse(B)
  ParameterDescription(B) ParameterStatus(B) Parse(F) ParseComplete(B) PasswordMessage(F) PortalSuspended(B) Query(F)
  ReadyForQuery(B) RowDescription(B) SASLInitialResponse(F) SASLResponse(F) SSLRequest(F) StartupMessage(F) Sync(F)
  Terminate(F)`;

const names = MESSAGE_COVERAGE.map(({ name, direction }) => `${name}(${direction === 'frontend' ? 'F' : 'B'})`);

test('every message of the specification is covered, once, and no other', () => {
  expect(names.toSorted()).toEqual(SPECIFIED.split(/\s+/).toSorted());
});

test('every message has a codec in a file of its own or of its kind, bounds and a reason', () => {
  for (const row of MESSAGE_COVERAGE) {
    expect(existsSync(new URL(`messages/${row.file}`, import.meta.url)), row.file).toBe(true);
    expect(row.bodyLengthMin).toBeLessThanOrEqual(row.bodyLengthMax);
    expect(row.because.length, row.name).toBeGreaterThan(5);
  }
});

test('every frame that the decoders accept is covered', () => {
  const types = (direction: string): string[] =>
    [
      ...new Set(MESSAGE_COVERAGE.filter((row) => row.direction === direction).map(({ type }) => type ?? '')),
    ].toSorted();
  const letters = (rows: ReadonlyMap<number, unknown>): string[] =>
    [...rows.keys()].map((type) => String.fromCharCode(type)).toSorted();
  expect(types('frontend').filter((type) => type !== '')).toEqual(letters(FRONTEND_MESSAGES));
  expect(types('backend')).toEqual(letters(BACKEND_MESSAGES));
});

test('README.md has the table of today', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(withCoverageTable(readme)).toBe(readme);
});
