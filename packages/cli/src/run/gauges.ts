import { X509Certificate } from 'node:crypto';
import type { ApprovalStore } from '@bailiwick/approvals';
import type { Clock, Log, Telemetry } from '@bailiwick/domain';

const HOUR_MS = 3_600_000;
/** As many as a store lists at once; beyond it the gauge says at least that. */
const LIST_MAX = 1000;

/** Keeps `certificate_expiry_seconds` true. Returns how to stop. */
export function watchCertificates(
  certificates: ReadonlyMap<string, Buffer>,
  telemetry: Telemetry,
  clock: Clock,
): () => void {
  let cancel = (): void => {};
  const report = (): void => {
    for (const [listener, pem] of certificates) {
      const expires = Date.parse(new X509Certificate(pem).validTo);
      telemetry.set('certificate_expiry_seconds', { listener }, (expires - clock.now()) / 1000);
    }
    cancel = clock.after(HOUR_MS, report);
  };
  report();
  return () => cancel();
}

/** Keeps `approvals_pending` true, from the first moment and at 0. Returns how to stop. */
export function watchPending(
  approvals: ApprovalStore,
  datasources: readonly string[],
  telemetry: Telemetry,
  log: Log,
): () => void {
  const report = async (): Promise<void> => {
    const pending = await approvals.list({ status: 'pending', limit: LIST_MAX });
    for (const datasource of datasources) {
      const count = pending.filter((request) => request.subject.datasource === datasource).length;
      telemetry.set('approvals_pending', { datasource }, count);
    }
  };
  const reportOrLog = (): void => {
    report().catch((error: unknown) => log.warn({ error: String(error) }, 'pending approvals could not be counted'));
  };
  reportOrLog();
  return approvals.onChange(reportOrLog);
}
