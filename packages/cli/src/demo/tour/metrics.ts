import type { TourStep } from './step.ts';

/** What a Prometheus server would scrape. */
export const metrics: TourStep = {
  title: 'The residency block is on /metrics',
  async run(stage, report) {
    report.act('anybody', `curl ${stage.demo.server}/metrics`);
    const response = await fetch(`${stage.demo.server}/metrics`, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    const series = text.split('\n').filter((line) => line.startsWith('bailiwick_residency_blocks_total{'));
    // Places are folded to those that the policy names; the United States are `other`.
    const block = series.find(
      (line) => line.includes('rule="eu-residency"') && line.includes('consumer_region="other"'),
    );
    for (const line of series) if (!line.endsWith(' 0')) report.show(line);
    const value = Number(block?.split(' ').at(-1) ?? 0);
    report.check(
      'the block of this tour was counted, with where the data belongs and where its reader is',
      value >= 1,
      `${series.length} series, ${value} blocked`,
    );
  },
};
