import {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAMS,
  type HistogramName,
  type Labels,
  type Telemetry,
} from '@bailiwick/domain';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SERIES_HELP } from './series-help.ts';

const PREFIX = 'bailiwick_';

/** Upper bounds in seconds, chosen where each series' values fall. */
const BUCKETS: Readonly<Record<HistogramName, readonly number[]>> = {
  statement_duration_seconds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  gateway_overhead_seconds: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  approval_wait_seconds: [1, 5, 15, 30, 60, 300, 900, 3600, 14_400, 28_800, 86_400],
  upstream_connect_seconds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

/** Labels of a residency series that must exist at 0 (CONTRACT section 8). */
export interface ResidencySeries {
  readonly datasource: string;
  readonly rule: string;
  readonly dataRegion: string;
  readonly consumerRegion: string;
}

export interface BuildInfo {
  readonly version: string;
}

/**
 * Turns what the packages report into Prometheus series of a registry of its own. Calls never throw: a report with
 * labels that a series does not have is dropped, because no metric is worth a session.
 */
export class PrometheusTelemetry implements Telemetry {
  readonly #registry = new Registry();
  readonly #counters: ReadonlyMap<CounterName, Counter>;
  readonly #gauges: ReadonlyMap<GaugeName, Gauge>;
  readonly #histograms: ReadonlyMap<HistogramName, Histogram>;
  readonly #adminActions: Counter;

  constructor(build: BuildInfo) {
    const registers = [this.#registry];
    const named = <Name extends keyof typeof SERIES_HELP>(name: Name, labels: readonly string[]) => ({
      name: PREFIX + name,
      help: SERIES_HELP[name],
      labelNames: [...labels],
      registers,
    });
    this.#counters = new Map(entries(COUNTERS).map(([name, labels]) => [name, new Counter(named(name, labels))]));
    this.#gauges = new Map(entries(GAUGES).map(([name, labels]) => [name, new Gauge(named(name, labels))]));
    this.#histograms = new Map(
      entries(HISTOGRAMS).map(([name, labels]) => [
        name,
        new Histogram({ ...named(name, labels), buckets: [...BUCKETS[name]] }),
      ]),
    );
    this.#adminActions = new Counter(named('admin_actions_total', ['action', 'outcome']));
    new Gauge(named('build_info', ['version', 'node'])).set({ version: build.version, node: process.version }, 1);
    collectDefaultMetrics({ register: this.#registry });
  }

  count(name: CounterName, labels: Labels, by = 1): void {
    quietly(() => this.#counters.get(name)?.inc({ ...labels }, by));
  }

  set(name: GaugeName, labels: Labels, value: number): void {
    const gauge = this.#gauges.get(name);
    // One policy is in force: the version before it must not stay at 1 beside it.
    if (name === 'policy_info') gauge?.reset();
    quietly(() => gauge?.set({ ...labels }, value));
  }

  add(name: GaugeName, labels: Labels, by: number): void {
    quietly(() => this.#gauges.get(name)?.inc({ ...labels }, by));
  }

  observe(name: HistogramName, labels: Labels, seconds: number): void {
    quietly(() => this.#histograms.get(name)?.observe({ ...labels }, seconds));
  }

  /** Counts one change made through the API: `approve`, `reject`, `kill`, `reload`. */
  countAdminAction(action: string, outcome: 'done' | 'refused'): void {
    quietly(() => this.#adminActions.inc({ action, outcome }));
  }

  /** Makes residency series exist at 0, so that an alert on their increase fires at the first block. */
  initialiseResidency(series: readonly ResidencySeries[]): void {
    const blocks = this.#counters.get('residency_blocks_total');
    for (const { datasource, rule, dataRegion, consumerRegion } of series) {
      quietly(() => blocks?.inc({ datasource, rule, data_region: dataRegion, consumer_region: consumerRegion }, 0));
    }
    const decisions = this.#counters.get('residency_decisions_total');
    for (const datasource of new Set(series.map((one) => one.datasource))) {
      for (const effect of ['block', 'allow']) quietly(() => decisions?.inc({ datasource, effect }, 0));
    }
  }

  /** The text exposition format, and the content type that goes with it. */
  async expose(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}

function entries<Name extends string>(table: Readonly<Record<Name, readonly string[]>>): [Name, readonly string[]][] {
  return Object.entries(table) as [Name, readonly string[]][];
}

function quietly(report: () => void): void {
  try {
    report();
  } catch {
    // A label that the series does not have, or a value that is not a number.
  }
}
