import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Measured, Workload } from './workloads.ts';

/** The ways that others are compared with. */
export const DIRECT = 'direct';
export const UNMASKED = 'gateway, allow-all, audit';
export const MASKED = 'gateway, masks, audit';

/** Medians by workload and way. */
export type Results = ReadonlyMap<Workload, ReadonlyMap<string, Measured>>;

/** One line about the machine and the software: figures mean nothing without it. */
export function describeMachine(versions: readonly string[]): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${memory} GiB, Linux ${release()}; Node ${process.version}, ${versions.join(', ')}. Client, proxy and database share these processors; loopback, no TLS.`;
}

/** The load average of the last minute: before a run it tells whether the machine had anything else to do. */
export const presentLoad = (): string => (loadavg()[0] ?? 0).toFixed(1);

/** The middle one of an odd number of rounds, by throughput and by processor time apart. */
export function median(rounds: readonly Measured[]): Measured {
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const middleOf = (values: readonly (number | null)[]): number | null => {
    const present = values.filter((value) => value !== null);
    return present.length === 0 ? null : middle(present);
  };
  return {
    perSecond: middle(rounds.map(({ perSecond }) => perSecond)),
    megabytesPerSecond: middleOf(rounds.map(({ megabytesPerSecond }) => megabytesPerSecond)),
    processor: middleOf(rounds.map(({ processor }) => processor)),
  };
}

/** Markdown: a table for each workload, as ratios to the database direct. */
export function tables(results: Results): string {
  return [...results].map(([workload, ways]) => tableOf(workload, ways)).join('\n');
}

function tableOf(workload: Workload, ways: ReadonlyMap<string, Measured>): string {
  const direct = ways.get(DIRECT)?.perSecond ?? Number.NaN;
  const unmasked = ways.get(UNMASKED)?.perSecond ?? Number.NaN;
  const isStream = [...ways.values()].some(({ megabytesPerSecond }) => megabytesPerSecond !== null);
  const rows = [...ways].map(([way, { perSecond, megabytesPerSecond, processor }]) => [
    way,
    (perSecond / direct).toFixed(2),
    way === MASKED ? (perSecond / unmasked).toFixed(2) : '—',
    String(Math.round(perSecond)),
    ...(isStream ? [megabytesPerSecond === null ? '—' : String(Math.round(megabytesPerSecond))] : []),
    processor === null ? '—' : processor.toFixed(processor < 10 ? 2 : 1),
  ]);
  const units = isStream ? [workload.unit, 'MB/s'] : [workload.unit];
  const processorTime = `the proxy's processor time, ${workload.processorUnit}`;
  const head = ['way', 'ratio to direct', 'masked to unmasked', ...units, processorTime];
  return `### ${workload.name}\n\n${aligned([head, ...rows])}\n`;
}

/** A Markdown table with columns of one width, as the formatter wants it. */
function aligned([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
