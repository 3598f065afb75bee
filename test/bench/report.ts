import { cpus, release, totalmem } from 'node:os';
import type { Measured, Workload } from './workloads.ts';

/** Medians by workload and way. */
export type Results = ReadonlyMap<Workload, ReadonlyMap<string, Measured>>;

/** One line about the machine and the software: figures mean nothing without it. */
export function describeMachine(versions: readonly string[]): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${memory} GiB, Linux ${release()}; Node ${process.version}, ${versions.join(', ')}. Client, proxy and database share these processors; loopback, no TLS.`;
}

/** The middle one of an odd number of rounds, by throughput and by processor time apart. */
export function median(rounds: readonly Measured[]): Measured {
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const processor = rounds.flatMap((round) => (round.processor === null ? [] : [round.processor]));
  return {
    perSecond: middle(rounds.map(({ perSecond }) => perSecond)),
    processor: processor.length === 0 ? null : middle(processor),
  };
}

/** Markdown: a table for each workload, as ratios to the database direct. */
export function tables(results: Results): string {
  return [...results].map(([workload, ways]) => tableOf(workload, ways)).join('\n');
}

function tableOf(workload: Workload, ways: ReadonlyMap<string, Measured>): string {
  const direct = ways.get('direct')?.perSecond ?? Number.NaN;
  const lines = [...ways].map(([way, { perSecond, processor }]) => {
    const ratio = (perSecond / direct).toFixed(2);
    const cost = processor === null ? '—' : processor.toFixed(processor < 10 ? 2 : 1);
    return `| ${way} | ${ratio} | ${Math.round(perSecond)} | ${cost} |`;
  });
  return `### ${workload.name}

| way | ratio to direct | ${workload.unit} | the proxy's processor time, ${workload.processorUnit} |
|---|---|---|---|
${lines.join('\n')}
`;
}
