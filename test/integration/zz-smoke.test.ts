import { expect, test } from 'vitest';
import { startTestGateway } from '../servers/gateway.ts';

test('smoke', async () => {
  const gw = await startTestGateway({
    policy: 'version: 1\nrules: []\ndefaults: { unparsed: allow, writes: allow }\n',
    data: 'CREATE TABLE t (a int, b text); INSERT INTO t SELECT i, i::text FROM generate_series(1,1000) i;',
  });
  try {
    const c = await gw.connect({ sub: 'a', groups: ['agents'], region: 'DE' });
    const r = await c.query('SELECT count(*) FROM t');
    expect(r.rows[0].count).toBe('1000');
    const r2 = await c.query('SELECT * FROM t WHERE a < $1 ORDER BY a', [10]);
    expect(r2.rows.length).toBe(9);
    await expect(c.query('SELECT nope')).rejects.toThrow(/nope/);
    const r3 = await c.query('SHOW bailiwick.identity');
    console.log(r3.rows);
    const r4 = await c.query({ text: 'SHOW bailiwick.session', values: [], name: 'x' });
    console.log(r4.rows);
    await c.query('BEGIN');
    await c.query('INSERT INTO t VALUES (1,$1)', ['x']);
    await c.query('ROLLBACK');
    expect((await c.query('SELECT * FROM t')).rows.length).toBe(1000);
    await c.end();
    console.log(gw.logText().slice(0, 2000));
  } finally {
    await gw.close();
  }
}, 60000);
