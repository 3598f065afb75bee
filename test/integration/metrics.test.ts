// Prometheus accepts the text, and the series say what happened.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { EU_AGENT, startTestGateway, US_AGENT } from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

/** Values by series, of the text format. */
const seriesOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

test('after traffic', async () => {
  const gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
  try {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query('SELECT email, ssn FROM customers');
    await wire.query(`INSERT INTO runs VALUES ('x')`);
    await wire.query('SELEC');
    await (await gateway.wire(US_AGENT)).query('SELECT email FROM customers');
    const text = await gateway.metrics();
    const series = seriesOf(text);
    const sum = (name: string, ...labels: string[]): number =>
      [...series]
        .filter(([key]) => key.startsWith(`bailiwick_${name}{`) && labels.every((label) => key.includes(label)))
        .reduce((total, [, value]) => total + value, 0);
    expect(sum('masked_values_total', 'mask="email"')).toBe(3);
    expect(sum('masked_values_total', 'mask="partial"')).toBe(3);
    expect(sum('statements_total', 'class="READ"', 'outcome="ok"')).toBe(1);
    expect(sum('statements_total', 'class="WRITE"', 'outcome="ok"')).toBe(1);
    expect(sum('statements_total', 'outcome="refused"')).toBe(2);
    expect(sum('residency_blocks_total', 'rule="eu-residency"')).toBe(1);
    expect(sum('unparsed_total')).toBe(1);
    expect(sum('connections_active')).toBe(2);
    expect(sum('connections_total')).toBe(2);
    expect(sum('audit_frames_total', 'direction="client"')).toBeGreaterThan(3);
    expect(sum('bytes_total')).toBeGreaterThan(100);
    expect(text).not.toMatch(/maria|dana|127\.0\.0\.1:\d{4,}.*bailiwick_conn/);
    expectPromtoolAccepts(text);
  } finally {
    await gateway.close();
  }
});

/** promtool is Prometheus's own judge; where it is not installed the text is at least whole, as parsed above. */
function expectPromtoolAccepts(text: string): void {
  const found = spawnSync('promtool', ['--version']);
  if (found.error !== undefined) {
    console.warn('promtool is not installed: the text of /metrics was parsed by the test alone');
    return;
  }
  // `check metrics` also lints names, with exit 3; a fault of the format is exit 1.
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  const complaints = checked.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'));
  expect(complaints).toEqual([]);
  expect(checked.status === 0 || checked.status === 3).toBe(true);
}
