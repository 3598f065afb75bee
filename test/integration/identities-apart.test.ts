// Sessions share what a text means, and never what was decided on it: the same text, prepared under the same name, gives
// each identity its own outcome, in turns and at once.
import { encodeBind, encodeExecute, encodeParse, encodeSync } from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  rowsOf,
  startTestGateway,
  type TestGateway,
  US_AGENT,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

const TEXT = 'SELECT email, ssn FROM customers WHERE id = 1';
let gateway: TestGateway;
let agent: WireClient;
let person: WireClient;
let stranger: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
  [agent, person, stranger] = await Promise.all([
    gateway.wire(EU_AGENT),
    gateway.wire(EU_PERSON),
    gateway.wire(US_AGENT),
  ]);
});
afterAll(() => gateway.close());

const parse = (statement: string): Buffer => encodeParse({ statement, sql: TEXT, parameterTypeOids: [] });
const run = (statement: string): Buffer =>
  Buffer.concat([
    encodeBind({ portal: '', statement, parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeExecute({ portal: '', rowsMax: 0 }),
    encodeSync(),
  ]);

const expectApart = (answers: readonly Awaited<ReturnType<WireClient['replies']>>[]): void => {
  const [forAgent, forPerson, forStranger] = answers.map((frames) => rowsOf(frames)[0]);
  expect(forAgent?.[0]).not.toContain('anna.adler');
  expect(forAgent?.[1]).toBe('****3344');
  expect(forPerson).toEqual(['anna.adler@berlin.example', '****3344']);
  expect(forStranger).toBeUndefined();
  expect(errorsOf(answers[2] ?? [])).toMatchObject([{ C: '42501' }]);
};

test('by Query, in turns', async () => {
  for (let round = 0; round < 3; round++) {
    const answers = [];
    for (const wire of [agent, person, stranger]) answers.push(await wire.query(TEXT));
    expectApart(answers);
  }
});

test('by Query, at once', async () => {
  for (let round = 0; round < 3; round++)
    expectApart(await Promise.all([agent, person, stranger].map((wire) => wire.query(TEXT))));
});

test('prepared under one name, at once', async () => {
  const wires = [agent, person, stranger];
  for (const wire of wires) wire.send(parse('same'), encodeSync());
  const prepared = await Promise.all(wires.map((wire) => wire.replies()));
  expect(errorsOf(prepared[2] ?? [])).toHaveLength(1);
  stranger.send(run('same'));
  expect(errorsOf(await stranger.replies())).toMatchObject([{ C: '26000' }]);
  for (let round = 0; round < 3; round++) {
    for (const wire of [agent, person]) wire.send(run('same'));
    stranger.send(parse(''), run(''));
    expectApart(await Promise.all(wires.map((wire) => wire.replies())));
  }
});

test('under a setting of its own', async () => {
  await person.query('SET search_path = pg_catalog');
  expect(errorsOf(await person.query(TEXT))).toHaveLength(1);
  expect(rowsOf(await agent.query(TEXT))[0]?.[1]).toBe('****3344');
  await person.query('RESET search_path');
  expectApart(await Promise.all([agent, person, stranger].map((wire) => wire.query(TEXT))));
});
