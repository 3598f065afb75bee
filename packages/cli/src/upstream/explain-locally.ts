import type { ApprovalStore } from '@bailiwick/approvals';
import { GatewayError, type Log, silentTelemetry, systemClock } from '@bailiwick/domain';
import { type Explanation, startGateway } from '@bailiwick/gateway';
import { createIdentityVerifier } from '@bailiwick/identity';
import { claimedIdentity } from '../run/claimed-identity.ts';
import type { Site } from '../site/load-site.ts';

export interface LocalExplainRequest {
  readonly datasource: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly ip: string;
  readonly sql: string;
}

/**
 * What would happen to a statement, by the files as they are now: a gateway that listens nowhere reads the live catalog
 * and judges. It can run nothing, because it has no session, no record and no approvals. Throws `GatewayError` and
 * `TokenRejected`.
 */
export async function explainLocally(site: Site, request: LocalExplainRequest, log: Log): Promise<Explanation> {
  const { configuration, policy } = site;
  const { datasource, ip, sql } = request;
  const identity = claimedIdentity(configuration.identity, request.claims, ip, systemClock);
  const only = configuration.datasources.filter(({ name }) => name === datasource);
  const surroundings = { clock: systemClock, telemetry: silentTelemetry, log };
  const verifier = createIdentityVerifier(configuration.identity, surroundings);
  const gateway = await startGateway({
    ...surroundings,
    listeners: [],
    datasources: only,
    policy,
    verifier,
    passes: null,
    recorder: { open: unavailable },
    approvals: NO_APPROVALS,
    holdMs: configuration.approvals.holdMs,
    maskKeys: { keys: [] },
    durability: configuration.audit.durability,
    onTokenExpiry: 'at_idle',
    limits: configuration.limits,
  });
  try {
    // Without the catalog everything would be refused, which is not what would happen.
    const [reason] = gateway.notReady();
    if (reason !== undefined) throw new GatewayError('catalog-unavailable', reason, 'see check --upstream');
    return await gateway.explain({ datasource, identity, ip, sql });
  } finally {
    await gateway.drain(0);
    verifier.close();
  }
}

function unavailable(): never {
  throw new GatewayError('audit-unavailable', 'explain runs nothing');
}

const rejected = (): Promise<never> =>
  Promise.reject(new GatewayError('approval-unusable', 'explain asks for nothing'));

const NO_APPROVALS: ApprovalStore = {
  create: rejected,
  get: rejected,
  list: rejected,
  decide: rejected,
  findApproved: rejected,
  claim: rejected,
  settle: rejected,
  cancel: rejected,
  onChange: () => () => {},
  close: async () => {},
};
