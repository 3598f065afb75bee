import type { SessionDirectory } from '@bailiwick/domain';
import type { Policy } from '@bailiwick/policy';
import type { ExplainRequest, Explanation, GatewayOptions, SocketAddress } from './options.ts';

/** The running data path. */
export interface Gateway {
  /** Where each listener listens, in the order of the options; ports that were 0 are the real ones. */
  readonly addresses: readonly { readonly protocol: 'postgres'; readonly address: SocketAddress }[];
  readonly sessions: SessionDirectory;
  /** Why the gateway is not ready for traffic: `catalog of crm is not known`. Empty: it is. */
  notReady(): readonly string[];
  /** New statements are judged by this policy from now on. */
  usePolicy(policy: Policy): void;
  explain(request: ExplainRequest): Promise<Explanation>;
  /** Stops accepting, ends idle sessions with 57P01, waits for the others at most `graceMs`, then ends them too. */
  drain(graceMs: number): Promise<void>;
}

/** Starts listening. Rejects when an address cannot be bound; upstreams that are down make it not ready instead. */
export function startGateway(_options: GatewayOptions): Promise<Gateway> {
  return Promise.reject(new Error('not there yet'));
}
