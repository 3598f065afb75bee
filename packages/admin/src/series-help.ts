import type { CounterName, GaugeName, HistogramName } from '@bailiwick/domain';

type OwnName = 'admin_actions_total' | 'build_info';

/** The HELP line of every series: total by type, so that a series without one does not compile. */
export const SERIES_HELP: Readonly<Record<CounterName | GaugeName | HistogramName | OwnName, string>> = {
  residency_blocks_total: 'Statements and connections refused because of where the reader or its model is.',
  residency_decisions_total: 'Residency decisions by effect.',
  policy_decisions_total: 'Policy decisions by effect and kind.',
  masked_values_total: 'Cells delivered masked, by mask.',
  statements_total: 'Statements by class and outcome.',
  unparsed_total: 'Statements that could not be understood.',
  lineage_mismatch_total: 'Results whose columns on the wire did not agree with the analysis.',
  connections_total: 'Client connections by outcome.',
  auth_attempts_total: 'Authentication attempts by method and outcome.',
  approval_requests_total: 'Held statements by outcome.',
  hold_client_gone_total: 'Holds that ended because the client had gone.',
  audit_frames_total: 'Frames recorded by direction.',
  audit_bytes_total: 'Bytes written to the record.',
  audit_write_failures_total: 'Writes to the record that failed.',
  upstream_errors_total: 'Upstream connections that failed or were lost.',
  bytes_total: 'Bytes relayed by direction.',
  config_reload_total: 'Configuration reloads by outcome.',
  catalog_age_seconds: 'Age of the catalog that statements are judged by.',
  connections_active: 'Client connections now open.',
  jwks_age_seconds: 'Age of the keys that tokens of an issuer are verified with.',
  approvals_pending: 'Requests that wait for a reviewer.',
  holds_active: 'Statements that now wait on the wire.',
  audit_spool_bytes: 'Bytes in the spool.',
  audit_lag_seconds: 'Age of the oldest record that is not yet on stable storage.',
  certificate_expiry_seconds: 'Seconds until the certificate of a listener expires.',
  policy_info: 'The policy in force; always 1.',
  statement_duration_seconds: 'Time from a statement to the end of its answer.',
  gateway_overhead_seconds: 'Time spent in the gateway by stage.',
  approval_wait_seconds: 'Time between a request and its decision.',
  upstream_connect_seconds: 'Time to open and authenticate an upstream connection.',
  admin_actions_total: 'Changes made through the HTTP API.',
  build_info: 'The running build; always 1.',
};
