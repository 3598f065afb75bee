export type {
  ConnectDecision,
  DatasourcePlace,
  DatasourcePolicy,
  DecisionInput,
  Policy,
  PolicySession,
} from './policy.ts';
