import { expect, test } from 'vitest';
import { CancelRegistry } from './cancel-registry.ts';

test('a key cancels its own session, as often as it is presented, until it is released', () => {
  const registry = new CancelRegistry();
  const cancelled: string[] = [];
  const mine = registry.issue(() => cancelled.push('mine'));
  const theirs = registry.issue(() => cancelled.push('theirs'));
  registry.request(mine.processId, mine.secret);
  registry.request(mine.processId, theirs.secret);
  registry.request(theirs.processId, mine.secret);
  registry.request(mine.processId, Buffer.alloc(0));
  registry.request(mine.processId, Buffer.concat([mine.secret, Buffer.alloc(1)]));
  expect(cancelled).toEqual(['mine']);
  registry.release(mine);
  registry.request(mine.processId, mine.secret);
  expect(cancelled).toEqual(['mine']);
});

test('keys differ', () => {
  const registry = new CancelRegistry();
  const keys = Array.from({ length: 1000 }, () => registry.issue(() => {}));
  expect(new Set(keys.map(({ processId }) => processId)).size).toBe(1000);
});
