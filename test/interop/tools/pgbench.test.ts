// pgbench in each of its three protocol modes leaves the same balances as it does without the gateway.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/index.ts';
import { normalise, type Pair, run, startPair } from './site.ts';

let server: PostgresServer;
let pair: Pair;
beforeAll(async () => {
  server = await startPostgres({ version: 15, config: ['shared_buffers=32MB', 'fsync=off'] });
  pair = await startPair(server);
});
afterAll(async () => {
  await pair.close();
  await server.stop();
});

/** What does not depend on the order in which two clients come. */
const BALANCES = `psql -X -c "SELECT sum(abalance), count(*) FILTER (WHERE abalance <> 0) FROM pgbench_accounts" \
  -c "SELECT tid, tbalance FROM pgbench_tellers ORDER BY 1" -c "SELECT count(*), sum(delta) FROM pgbench_history"`;

async function expectSame(line: string): Promise<void> {
  const expected = normalise(await run(pair.direct, line));
  expect(expected).toMatch(/exit 0$/);
  expect(normalise(await run(pair.through, line))).toBe(expected);
}

test.each([
  ['rows sent by COPY', 'pgbench -i -s 1 -q'],
  ['rows made by the server, partitions and foreign keys', 'pgbench -i -I dtGvpf -s 1 --partitions 2 -q'],
])('initialises with %s', (_name, line) => expectSame(`${line} && ${BALANCES}`));

const RUN = 'pgbench -n -c 2 -j 1 --random-seed=7';

test.each(['simple', 'extended', 'prepared'])('%s', async (mode) => {
  await expectSame(`${RUN} -t 25 -M ${mode} && ${BALANCES}`);
  await expectSame(`${RUN} -t 50 -M ${mode} -S`);
  await expectSame(`${RUN} -t 10 -M ${mode} -N --max-tries=2 && ${BALANCES}`);
  await expectSame(
    `echo 'SELECT :client_id / 0;' > failing.sql; pgbench -n -t 2 -M ${mode} -f failing.sql || ${BALANCES}`,
  );
});

test.each(['extended', 'prepared'])('a pipeline of pgbench, %s', (mode) =>
  expectSame(`printf '%s\\n' '\\startpipeline' 'UPDATE pgbench_branches SET bbalance = bbalance + 1;' \
    'SELECT bbalance FROM pgbench_branches;' 'SELECT count(*) FROM pgbench_tellers;' '\\endpipeline' > pipeline.sql
    ${RUN} -t 5 -M ${mode} -f pipeline.sql && psql -X -c 'TABLE pgbench_branches'`),
);
