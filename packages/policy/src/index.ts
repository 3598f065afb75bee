export { refuseMaskedWrite } from './decide/masked-writes.ts';
export type { PolicyFault } from './load/fault.ts';
export { type LoadedPolicies, type LoadPoliciesOptions, loadPolicies } from './load/load-policies.ts';
export type {
  ConnectDecision,
  DatasourcePlace,
  DatasourcePolicy,
  DecisionInput,
  Policy,
  PolicySession,
} from './policy.ts';
export type { Budget } from './rules/budget.ts';
