/** Label values are configuration values, never users, SQL or addresses. */
export type Labels = Readonly<Record<string, string>>;

/**
 * What the packages report; admin turns it into Prometheus series. Names are CONTRACT section 8's without the
 * `bailiwick_` prefix. Calls must be cheap and never throw.
 */
export interface Telemetry {
  /** Adds to a counter. */
  count(name: CounterName, labels: Labels, by?: number): void;
  /** Sets a gauge. */
  set(name: GaugeName, labels: Labels, value: number): void;
  /** Adds to a gauge. */
  add(name: GaugeName, labels: Labels, by: number): void;
  /** Observes seconds into a histogram. */
  observe(name: HistogramName, labels: Labels, seconds: number): void;
}

/** Series and their label names, in the order that they are exported. */
export const COUNTERS = {
  residency_blocks_total: ['datasource', 'rule', 'data_region', 'consumer_region'],
  residency_decisions_total: ['datasource', 'effect'],
  policy_decisions_total: ['datasource', 'effect', 'kind'],
  masked_values_total: ['datasource', 'mask'],
  statements_total: ['protocol', 'datasource', 'class', 'outcome'],
  unparsed_total: ['datasource'],
  lineage_mismatch_total: ['datasource'],
  connections_total: ['protocol', 'outcome'],
  auth_attempts_total: ['protocol', 'method', 'outcome'],
  approval_requests_total: ['datasource', 'outcome'],
  hold_client_gone_total: [],
  audit_frames_total: ['direction'],
  audit_bytes_total: [],
  audit_write_failures_total: [],
  upstream_errors_total: [],
  bytes_total: ['protocol', 'direction'],
  config_reload_total: ['outcome'],
} as const;
export type CounterName = keyof typeof COUNTERS;

export const GAUGES = {
  catalog_age_seconds: ['datasource'],
  connections_active: ['protocol', 'datasource'],
  jwks_age_seconds: ['issuer'],
  approvals_pending: ['datasource'],
  holds_active: [],
  audit_spool_bytes: [],
  audit_lag_seconds: [],
  certificate_expiry_seconds: ['listener'],
  policy_info: ['version'],
} as const;
export type GaugeName = keyof typeof GAUGES;

export const HISTOGRAMS = {
  statement_duration_seconds: ['protocol', 'datasource', 'class'],
  gateway_overhead_seconds: ['stage'],
  approval_wait_seconds: [],
  upstream_connect_seconds: [],
} as const;
export type HistogramName = keyof typeof HISTOGRAMS;

/** Discards everything. */
export const silentTelemetry: Telemetry = { count: () => {}, set: () => {}, add: () => {}, observe: () => {} };
