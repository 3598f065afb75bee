import { expect, test } from 'vitest';
import { checkConfirmation } from './confirmation.ts';

const HELD = 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2';
const refused = expect.objectContaining({ failure: 'certificate' });

test('a token that is bound to nothing needs nothing', () => {
  expect(() => checkConfirmation({ sub: 'a' }, null)).not.toThrow();
  expect(() => checkConfirmation({ sub: 'a' }, HELD)).not.toThrow();
});

test('a token that is bound to the certificate of this connection is good on it', () => {
  expect(() => checkConfirmation({ cnf: { 'x5t#S256': HELD } }, HELD)).not.toThrow();
});

test.each<readonly [what: string, cnf: unknown]>([
  ['another certificate', { 'x5t#S256': `${HELD.slice(0, -1)}3` }],
  ['the same bytes in another alphabet', { 'x5t#S256': HELD.replace('_', '/').replace('-', '+') }],
  ['the same with padding', { 'x5t#S256': `${HELD}=` }],
  ['a list', { 'x5t#S256': [HELD] }],
  ['a key (DPoP)', { jkt: HELD }],
  ['a certificate and a key', { 'x5t#S256': HELD, jkt: HELD }],
  ['a key by name', { kid: 'k1' }],
  ['a key itself', { jwk: { kty: 'EC' } }],
  ['an SHA-1 thumbprint', { x5t: HELD }],
  ['nothing', {}],
  ['null', null],
  ['a text', HELD],
  ['a list of one', [{ 'x5t#S256': HELD }]],
])('a token that is bound to %s is refused', (_what, cnf) => {
  expect(() => checkConfirmation({ cnf }, HELD)).toThrow(refused);
  expect(() => checkConfirmation({ cnf }, null)).toThrow(refused);
});

test('a bound token is refused where no certificate was presented', () => {
  expect(() => checkConfirmation({ cnf: { 'x5t#S256': HELD } }, null)).toThrow(refused);
});
