import { describe, expect, test } from 'vitest';
import { GroupCommit } from './group-commit.ts';

/** A log whose syncs the test ends by hand. */
function byHand(): {
  commit: GroupCommit;
  write: (bytes: number) => void;
  syncs: { end: () => void; fail: (error: Error) => void }[];
  synced: () => number;
} {
  let written = 0;
  let synced = 0;
  const syncs: { end: () => void; fail: (error: Error) => void }[] = [];
  const commit = new GroupCommit({
    sync: () => new Promise((resolve, reject) => syncs.push({ end: resolve, fail: reject })),
    written: () => written,
    onSynced: () => {
      synced += 1;
    },
    onFailure: (cause) => (cause instanceof Error ? cause : new Error('unknown')),
  });
  return {
    commit,
    write: (bytes) => {
      written += bytes;
    },
    syncs,
    synced: () => synced,
  };
}

/** Notes when a promise settles. */
function watch(promise: Promise<void>): { state: 'pending' | 'resolved' | 'rejected' } {
  const watched: { state: 'pending' | 'resolved' | 'rejected' } = { state: 'pending' };
  promise.then(
    () => {
      watched.state = 'resolved';
    },
    () => {
      watched.state = 'rejected';
    },
  );
  return watched;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  test('resolves at once when nothing is new', async () => {
    const { commit, syncs } = byHand();
    await commit.wait();
    expect(syncs).toHaveLength(0);
  });

  test('serves all who wait by one sync, and those who came during it by the next', async () => {
    const { commit, write, syncs } = byHand();
    write(10);
    const first = [watch(commit.wait()), watch(commit.wait())];
    write(10);
    const late = [watch(commit.wait()), watch(commit.wait()), watch(commit.wait())];
    expect(syncs).toHaveLength(1);
    syncs[0]?.end();
    await turn();
    expect(first.map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    expect(late.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
    expect(syncs).toHaveLength(2);
    syncs[1]?.end();
    await turn();
    expect(late.every(({ state }) => state === 'resolved')).toBe(true);
    await commit.running;
    expect(syncs).toHaveLength(2);
  });

  test('does not forget what was requested in the background while a sync ran', async () => {
    const { commit, write, syncs, synced } = byHand();
    write(1);
    commit.request();
    write(1);
    commit.request();
    expect(syncs).toHaveLength(1);
    syncs[0]?.end();
    await turn();
    expect(syncs).toHaveLength(2);
    syncs[1]?.end();
    await commit.running;
    commit.request();
    expect([syncs.length, synced()]).toEqual([2, 2]);
  });

  test('that failed rejects all who wait and all who come', async () => {
    const { commit, write, syncs } = byHand();
    write(1);
    const first = watch(commit.wait());
    write(1);
    const second = watch(commit.wait());
    syncs[0]?.fail(new Error('EIO'));
    await turn();
    expect([first.state, second.state]).toEqual(['rejected', 'rejected']);
    await expect(commit.wait()).rejects.toThrow('EIO');
    expect(syncs).toHaveLength(1);
  });
});
