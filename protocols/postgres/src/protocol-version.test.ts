import { describe, expect, test } from 'vitest';
import { decodeNegotiateProtocolVersion } from './messages/negotiate-protocol-version.ts';
import { negotiateVersion, settledVersion } from './protocol-version.ts';

const answerTo = (protocolMinor: number, options: readonly string[] = []): unknown => {
  const protocolOptions = new Map(options.map((name) => [name, 'on']));
  const answer = negotiateVersion({ protocolMinor, parameters: new Map([['user', 'a']]), protocolOptions });
  return answer === null ? null : decodeNegotiateProtocolVersion(answer.subarray(5));
};

test.each([
  [0, [], null],
  [1, [], null],
  [2, [], null],
  [3, [], { protocolMinor: 2, unknownOptions: [] }],
  [9999, [], { protocolMinor: 2, unknownOptions: [] }],
  [0, ['_pq_.b', '_pq_.a'], { protocolMinor: 0, unknownOptions: ['_pq_.b', '_pq_.a'] }],
  [2, ['_pq_.x'], { protocolMinor: 2, unknownOptions: ['_pq_.x'] }],
  [7, ['_pq_.x'], { protocolMinor: 2, unknownOptions: ['_pq_.x'] }],
] as const)('a client that asks for 3.%i with options %j is answered %j', (minor, options, answer) => {
  expect(answerTo(minor, options)).toEqual(answer);
});

describe('a server', () => {
  test('may settle on an older version', () => {
    expect(settledVersion(2, { protocolMinor: 0, unknownOptions: [] })).toBe(0);
    expect(settledVersion(2, { protocolMinor: 1, unknownOptions: [] })).toBe(1);
  });

  test.each([
    [2, { protocolMinor: 2, unknownOptions: [] }],
    [2, { protocolMinor: 3, unknownOptions: [] }],
    [0, { protocolMinor: 0, unknownOptions: [] }],
    [2, { protocolMinor: 0, unknownOptions: ['_pq_.x'] }],
  ])('asked for 3.%i may not say %j', (asked, answer) => {
    expect(() => settledVersion(asked, answer)).toThrow(expect.objectContaining({ code: 'out-of-order' }));
  });
});
