import type { TourStep } from './step.ts';

/** What a Prometheus server would scrape. */
export const metrics: TourStep = {
  title: 'The residency block is on /metrics',
  async run(stage, report) {
    report.act('anybody', `curl ${stage.demo.server}/metrics`);
    const response = await fetch(`${stage.demo.server}/metrics`, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    const series = text.split('\n').filter((line) => line.startsWith('bailiwick_residency_blocks_total{'));
    for (const line of series) report.show(line);
    const block = series.find((line) => line.includes('rule="eu-residency"') && line.includes('consumer_region="US"'));
    const value = Number(block?.split(' ').at(-1) ?? 0);
    report.check(
      'the block of this tour was counted, with where the data and its reader are',
      value >= 1,
      block ?? text.slice(0, 80),
    );
  },
};
