import { encodeCommandComplete, encodeDataRow } from '@bailiwick/postgres';
import { expect, test } from 'vitest';
import { Delivery } from './delivery.ts';

const one = encodeDataRow([Buffer.from('one')]);
const two = encodeDataRow([Buffer.from('two')]);
const done = encodeCommandComplete({ tag: 'SELECT 2' });
const chunk = Buffer.concat([one, two, done]);
const spans = [
  [0, one.length],
  [one.length, one.length + two.length],
  [one.length + two.length, chunk.length],
] as const;

test('frames that nobody changed go out as one piece of what was received', () => {
  const delivery = new Delivery();
  for (const [start, end] of spans) {
    delivery.receive(chunk, start, end);
    delivery.relay(chunk, start, end);
  }
  const turn = delivery.take();
  expect(turn.changed).toBe(false);
  expect(turn.outgoing).toHaveLength(1);
  expect(turn.outgoing[0]?.buffer).toBe(chunk.buffer);
  expect(turn.headers.toString('latin1')).toBe(
    [one, two, done].map((frame) => frame.toString('latin1', 0, 5)).join(''),
  );
});

test('what was relayed before a change is not lost, and what was received is kept beside it', () => {
  const delivery = new Delivery();
  delivery.receive(chunk, 0, one.length);
  delivery.relay(chunk, 0, one.length);
  delivery.receive(chunk, one.length, one.length + two.length);
  delivery.rewrite((out) => out.copy(done, 0, done.length), null);
  const turn = delivery.take();
  expect(Buffer.concat(turn.outgoing)).toEqual(Buffer.concat([one, done]));
  expect(Buffer.concat(turn.received)).toEqual(Buffer.concat([one, two]));
  expect(turn.headers).toHaveLength(10);
  expect(turn.changed).toBe(true);
});

test('a record of its own holds everything delivered, but what it was given instead', () => {
  const delivery = new Delivery();
  delivery.relay(chunk, 0, one.length);
  delivery.rewrite(
    (out) => out.copy(two, 0, two.length),
    (out) => out.copy(done, 0, done.length),
  );
  delivery.relay(chunk, 0, one.length);
  const turn = delivery.take();
  expect(Buffer.concat(turn.outgoing)).toEqual(Buffer.concat([one, two, one]));
  expect(turn.recorded).toEqual(Buffer.concat([one, done, one]));
});

test('withheld frames are not delivered, and a turn leaves nothing to the next', () => {
  const delivery = new Delivery();
  delivery.receive(chunk, 0, one.length);
  delivery.withhold();
  expect(delivery.take()).toMatchObject({ outgoing: [], changed: true, recorded: null });
  expect(delivery.take()).toMatchObject({ outgoing: [], received: [], changed: false });
});

test('giving up leaves no half of a frame in front of the last message', () => {
  const delivery = new Delivery();
  delivery.relay(chunk, 0, 7);
  delivery.abandon();
  delivery.inject(done);
  expect(Buffer.concat(delivery.take().outgoing)).toEqual(done);
});
