export { type AdminServer, startAdminServer } from './admin-server.ts';
export {
  type AdminOptions,
  type Authority,
  type PolicyDescription,
  ReloadRefused,
  type ReloadReport,
  ROLE_NAMES,
  type RoleName,
  type RoleScope,
} from './options.ts';
export { type BuildInfo, PrometheusTelemetry, type ResidencySeries } from './prometheus-telemetry.ts';
