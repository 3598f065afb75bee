import { expect, test } from 'vitest';
import { CancelRegistry } from './cancel-registry.ts';

test.each([0, 2])(
  'a key for 3.%i cancels its own session, as often as it is presented, until it is released',
  (minor) => {
    const registry = new CancelRegistry();
    const cancelled: string[] = [];
    const mine = registry.issue(minor, () => cancelled.push('mine'));
    const theirs = registry.issue(minor, () => cancelled.push('theirs'));
    registry.request(mine.processId, mine.secret);
    registry.request(mine.processId, theirs.secret);
    registry.request(theirs.processId, mine.secret);
    registry.request(mine.processId, Buffer.alloc(0));
    registry.request(mine.processId, mine.secret.subarray(1));
    registry.request(mine.processId, Buffer.concat([mine.secret, Buffer.alloc(1)]));
    expect(cancelled).toEqual(['mine']);
    registry.release(mine);
    registry.request(mine.processId, mine.secret);
    expect(cancelled).toEqual(['mine']);
  },
);

test('keys are as long as the client can read', () => {
  const registry = new CancelRegistry();
  const lengths = [0, 1, 2, 3, 9999].map((minor) => registry.issue(minor, () => {}).secret.length);
  expect(lengths).toEqual([4, 4, 32, 32, 32]);
});

test('keys differ, and no half of one tells of the other', () => {
  const registry = new CancelRegistry();
  const keys = Array.from({ length: 1000 }, () => registry.issue(0, () => {}));
  expect(new Set(keys.map(({ processId }) => processId)).size).toBe(1000);
  expect(new Set(keys.map(({ secret }) => secret.toString('hex'))).size).toBeGreaterThan(995);
  // Every bit is drawn: each is set in about half of the keys.
  for (let bit = 0; bit < 32; bit++) {
    const set = (value: (key: (typeof keys)[number]) => number): number =>
      keys.filter((key) => (value(key) >>> bit) & 1).length;
    for (const count of [set(({ processId }) => processId), set(({ secret }) => secret.readInt32BE(0))]) {
      expect(count).toBeGreaterThan(350);
      expect(count).toBeLessThan(650);
    }
  }
});
