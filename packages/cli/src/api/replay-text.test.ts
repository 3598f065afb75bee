import type { AuditEvent } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { type ReplayEntry, replayLines } from './replay-text.ts';

const AT = '2026-11-25T03:04:05.678Z';
const event = (what: AuditEvent): ReplayEntry => ({ sequence: 1, at: AT, kind: 'event', event: what, messages: [] });

test.each<readonly [AuditEvent, string]>([
  [
    {
      type: 'statement',
      ordinal: 2,
      mode: 'simple',
      normalisedSql: 'SELECT email FROM c WHERE id = $1',
      classes: ['READ'],
      tables: ['public.c'],
      tags: ['pii'],
    },
    'statement 2 (READ): SELECT email FROM c WHERE id = $1  -- public.c, tagged pii',
  ],
  [
    {
      type: 'decision',
      ordinal: 2,
      effect: 'mask',
      rule: 'contact',
      verdicts: [],
      code: null,
      masks: [null, 'email'],
      policyVersion: 'v',
      request: null,
    },
    'decision 2: mask by contact; masked: column 2 email',
  ],
  [
    { type: 'outcome', ordinal: 2, outcome: 'error', tag: '', sqlState: '42501', rows: 0 },
    'outcome 2: error SQLSTATE 42501, 0 rows',
  ],
  [{ type: 'approval', request: 'req_a', what: 'rejected', by: 'dora' }, 'approval req_a: rejected by dora'],
  [{ type: 'session.end', reason: 'client left' }, 'session end: client left'],
])('%j', (what, words) => {
  expect(replayLines(event(what))).toEqual([`2026-11-25 03:04:05.678  --        ${words}`]);
});

test('frames: one line each, safe for a terminal, and those whose body is not kept say so', () => {
  const messages = [
    { name: 'DataRow', bytes: 20, text: "1 'a\u001b[2J\nb'" },
    { name: 'DataRow', bytes: 20, text: null },
    { name: 'Sync', bytes: 5, text: '' },
  ];
  expect(replayLines({ sequence: 2, at: AT, kind: 'upstream', event: null, messages })).toEqual([
    "2026-11-25 03:04:05.678  client <  DataRow 1 'a\\x1b[2J\\nb'",
    '2026-11-25 03:04:05.678  client <  DataRow (20 bytes, body not kept)',
    '2026-11-25 03:04:05.678  client <  Sync',
  ]);
});

test('what a newer gateway records is shown as it is', () => {
  const unknown = { type: 'something.new', words: 'x' } as unknown as AuditEvent;
  expect(replayLines(event(unknown))).toEqual([
    '2026-11-25 03:04:05.678  --        {"type":"something.new","words":"x"}',
  ]);
});
